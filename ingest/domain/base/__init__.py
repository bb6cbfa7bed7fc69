"""What every rule stands on: areas, people, what they may see, stretches of time."""
