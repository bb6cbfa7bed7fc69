"""The uplink: the outbox's way to ingest, and ingest's receipts and ledger entries back."""
