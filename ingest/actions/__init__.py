"""The actions: one verb a file, each one transaction: load, let the domain decide, record."""
