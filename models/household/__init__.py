"""What a home's usage means: pure detectors over readings, one list of them in `panel`."""
