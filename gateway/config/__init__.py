"""What `gateway.toml`, device documents and presets may say, and how they are read."""
