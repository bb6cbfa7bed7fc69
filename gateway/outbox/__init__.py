"""The outbox: what must reach ingest, in order of urgency, until ingest itself says that it has it."""
