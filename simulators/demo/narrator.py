"""Narrator: says in one line each what has just become true in the stores of gateway and ingester."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from simulators.demo.counts import GatewayCounts, IngestCounts

_READINGS_EVERY_S = 5.0


class Narrator:
    """Remembers what it has said already."""

    def __init__(self, labels: Mapping[str, str], zone: ZoneInfo) -> None:
        self._labels = labels
        self._zone = zone
        self._begin = time.monotonic()
        self._flags: set[tuple[str, str]] = set()
        self._steps: set[tuple[str, int]] = set()
        self._readings_said = 0.0
        self._runs: dict[str, int] = {}

    @property
    def readings(self) -> int:
        """Readings of all runs of the gateway, also of those that were killed."""
        return sum(self._runs.values())

    def say(self, text: str) -> None:
        """Print one line with the wall seconds since the beginning."""
        print(f"{time.monotonic() - self._begin:6.1f} s  {text}", flush=True)

    def tell(self, gateway: GatewayCounts | None, ingest: IngestCounts | None) -> None:
        """Say what is new."""
        if ingest is not None:
            self._tell_ingest(ingest)
        if gateway is not None and gateway.started_at:
            self._runs[gateway.started_at] = max(self._runs.get(gateway.started_at, 0), gateway.readings)
            self._tell_readings(gateway)

    def _tell_readings(self, gateway: GatewayCounts) -> None:
        elapsed = time.monotonic() - self._begin
        if elapsed - self._readings_said >= _READINGS_EVERY_S and gateway.readings_time:
            self._readings_said = elapsed
            shown = datetime.fromisoformat(gateway.readings_time).astimezone(self._zone)
            waiting = f", {gateway.waiting} flags wait for a receipt" if gateway.waiting else ""
            self.say(f"meters  {self.readings} readings; it is {shown:%a %H:%M} in the street{waiting}")

    def _tell_ingest(self, ingest: IngestCounts) -> None:
        for flag in ingest.flags:
            if (flag.flag_id, flag.event) not in self._flags:
                self._flags.add((flag.flag_id, flag.event))
                self.say(f"flag    {self._place(flag.home)}: {flag.kind} {flag.event}: {flag.text}")
        for step in ingest.history:
            if (step.ticket_id, step.number) not in self._steps:
                self._steps.add((step.ticket_id, step.number))
                self.say(f"ticket  {self._place(step.home)} {step.kind}: {step.event}")

    def _place(self, home: str) -> str:
        return f"{home} {self._labels[home]}" if home in self._labels else home
