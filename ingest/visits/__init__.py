"""Wing: friendly visits, planned by the month."""
