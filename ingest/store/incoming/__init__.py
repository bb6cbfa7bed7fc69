"""What gateways send: the inbox, situations and their flags, what gateways told people themselves."""
