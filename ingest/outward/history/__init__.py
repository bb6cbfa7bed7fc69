"""Usage summaries on their way to a time-series store, where one is configured. SQL keeps its own copy."""
