"""Faults: the real programs, and what can be pulled out from under them: the proof of "none lost, none doubled"."""
