"""What shows a person in water and power."""
