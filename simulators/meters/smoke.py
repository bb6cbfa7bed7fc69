"""Smoke: what a Zigbee2MQTT smoke detector of one home would publish at a given time. Pure; `publisher` sends it."""

from __future__ import annotations

import json
from random import Random

from simulators.people.household import Household, utc_datetime
from simulators.people.incidents import IncidentKind

REPORT_S = 3600.0
"""How often a detector reports although nothing changed."""


class SmokeDetector:
    """One detector. `topic` is where Zigbee2MQTT publishes its state."""

    def __init__(self, topic: str, household: Household) -> None:
        self.topic = topic
        self._household = household
        rng = Random(f"{household.seed}/smoke")  # noqa: S311 - a play, not a secret
        self._battery = rng.uniform(60, 100)
        self._link = rng.randint(60, 200)
        self._phase = rng.uniform(0, REPORT_S)

    def alarms(self, at: float) -> bool:
        """Whether it howls because of smoke."""
        return self._household.going_on(IncidentKind.SMOKE, at) is not None

    def tested(self, at: float) -> bool:
        """Whether its button is being pressed."""
        return self._household.going_on(IncidentKind.SMOKE_TEST, at) is not None

    def payload(self, at: float) -> bytes:
        """Return the JSON of its state at `at`, as Zigbee2MQTT writes it."""
        battery = round(max(1.0, self._battery - (at - self._household.begins) / 86400 * 0.05))
        state = {
            "battery": battery,
            "battery_low": battery < 10,
            "last_seen": utc_datetime(at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "linkquality": self._link,
            "silence": False,
            "smoke": self.alarms(at),
            "tamper": False,
            "test": self.tested(at),
        }
        return json.dumps(state).encode()

    def next_report(self, at: float) -> float:
        """Return when it next has something to say after `at`: a change of state, or the regular report."""
        regular = at - (at - self._phase) % REPORT_S + REPORT_S
        changes = [
            edge
            for one in self._household.incidents
            if one.kind in (IncidentKind.SMOKE, IncidentKind.SMOKE_TEST)
            for edge in (one.start, one.end)
            if edge > at
        ]
        return min([regular, *changes])
