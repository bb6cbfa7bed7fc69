"""A street: homes, meters, lines and what will happen, from a scenario."""
