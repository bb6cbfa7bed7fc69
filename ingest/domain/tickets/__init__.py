"""The ticket: its table of events, lifecycle, deadlines, triage of flags, notes, relations."""
