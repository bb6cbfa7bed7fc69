"""The outside world, played: people, meters, lines, detectors, phone companies."""
