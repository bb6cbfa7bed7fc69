"""The place file and the steps of commissioning."""
