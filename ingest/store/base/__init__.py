"""The database itself, the tables of areas, homes and people, and what all queries share."""
