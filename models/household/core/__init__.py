"""What all detectors share: verdicts, meters, hold, local time."""
