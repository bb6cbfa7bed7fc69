"""The API of browser messages."""
