"""Local alarm: when ingest gives no receipt for smoke or for a person, the gateway itself tells who is near."""
