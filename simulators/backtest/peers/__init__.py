"""The methods others use, from their published formulas, given the same signs of life as ours."""
