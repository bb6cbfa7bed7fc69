"""Promise: how soon somebody acknowledges an alarm, and which tickets are alarms at all."""

from __future__ import annotations

from datetime import timedelta

from models.flag import Severity

ALARMING = frozenset({Severity.URGENT.value, Severity.CRITICAL.value})
"""People should come at once."""
ACKNOWLEDGED_IN = timedelta(seconds=60)
ACKNOWLEDGED_AT_LAST = timedelta(seconds=180)
