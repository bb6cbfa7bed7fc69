"""The wire: what gateway and ingest say to each other. Messages only grow; unknown kinds and fields survive."""
