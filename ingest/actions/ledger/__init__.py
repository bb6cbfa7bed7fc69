"""Actions on absences, suppressions, returns, and sightings of residents."""
