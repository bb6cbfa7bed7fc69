"""How long quiet spells last, in this home and in the district."""
