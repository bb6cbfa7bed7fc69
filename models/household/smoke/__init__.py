"""Smoke detectors."""
