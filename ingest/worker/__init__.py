"""The worker: what this program does by itself, and the loops that do it."""
