"""Actions on visits."""
