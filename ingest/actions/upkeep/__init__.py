"""What the worker does by itself: audit, pruning, watching channels."""
