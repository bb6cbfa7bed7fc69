"""Key figures as page, report, CSV and JSON."""
