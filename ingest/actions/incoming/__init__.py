"""What comes in from outside: envelopes of gateways, answers of vendors, residents and browsers."""
