"""Pages and API of absences and of the morning."""
