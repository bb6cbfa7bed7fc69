"""What is said beforehand about a home: absences, suppressions, planned tests."""
