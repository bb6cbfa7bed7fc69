"""The gateway's one SQLite file: store, saving, fallback, repair, backup."""
