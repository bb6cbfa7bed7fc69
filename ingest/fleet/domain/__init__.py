"""Rules of test alarms and silence thresholds."""
