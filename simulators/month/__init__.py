"""A month of a district: which flags its gateways would send, and how the people who are asked would answer."""
