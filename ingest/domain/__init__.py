"""The domain: what ingest decides. Pure: no clock, no database, no network."""
