"""Actions on tickets: raise, open, act, annotate, relate, escalate."""
