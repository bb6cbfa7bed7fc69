"""Wing: gateways, what they teach, what they must be told, and their test alarms."""
