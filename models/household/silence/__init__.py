"""Expected signs of life that do not come."""
