"""What gateways said of themselves and of habits, in the database."""
