"""A district of invented people, shaped like a real one, as the tables that ingest imports."""
