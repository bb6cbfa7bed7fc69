"""Pages of places, the map, the installer's phone."""
