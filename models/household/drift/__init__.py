"""Slow change over weeks."""
