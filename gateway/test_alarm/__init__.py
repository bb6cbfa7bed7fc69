"""The synthetic alarm of the day, from end to end."""
