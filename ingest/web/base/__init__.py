"""What every page stands on: log-in, languages, headers, live updates, health."""
