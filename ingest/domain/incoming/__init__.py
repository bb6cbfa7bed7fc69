"""What a flag of a gateway asks of people: pure rules for what comes in."""
