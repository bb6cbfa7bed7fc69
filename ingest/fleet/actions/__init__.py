"""Actions for and from gateways."""
