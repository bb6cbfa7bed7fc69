"""The store: tables, migrations, and the one way to the database. It decides nothing."""
