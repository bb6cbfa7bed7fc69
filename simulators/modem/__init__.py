"""A GSM modem with a SIM card, answering AT commands on a pseudo terminal."""
