"""Facts for the key figures, from the database."""
