"""Meters and detectors as the gateway meets them, answering on a line or publishing to a broker."""
