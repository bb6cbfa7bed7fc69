"""Places and installations as managers see them."""
