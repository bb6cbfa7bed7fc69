"""Absences, suppressions and the status of homes, with their tables."""
