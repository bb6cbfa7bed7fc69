"""Pages and API of rosters, shifts, coverage, and a person's own duty."""
