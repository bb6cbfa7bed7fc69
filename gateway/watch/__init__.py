"""Watching: which device belongs to which home, and what a home's readings lead to. Usable without a daemon."""
