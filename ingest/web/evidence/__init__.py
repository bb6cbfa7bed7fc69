"""What a ticket rests on, drawn: days of a home, devices, how sure an alarm is."""
