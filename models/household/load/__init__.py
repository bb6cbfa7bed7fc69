"""Loads: at which power a home stands, and appliances left on."""
