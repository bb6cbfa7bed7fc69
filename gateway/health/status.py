"""Status: how lines and devices are doing, for the heartbeat and for `linshe-gateway status`.

The running gateway writes it into the state file now and then; `status` reads it there without disturbing anybody.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.clock import from_ms
from gateway.health.busload import BusLoad, BusPlan, Latencies, too_rare
from gateway.outbox import outbox
from gateway.protocols.framing import Diagnostic
from gateway.state.store import read_snapshot
from models.wire.messages import DeviceState

SNAPSHOT = "status"
_TOO_RARE = 1.6


@dataclass(slots=True)
class DeviceCounters:
    """Counters of one device since the gateway started."""

    answers: int = 0
    failures: int = 0
    last_heard: datetime | None = None
    last_error: str | None = None
    latencies: Latencies = field(default_factory=Latencies)
    every_s: float | None = None
    """Between its last two answers, in the readings' time."""
    errors: Counter[str] = field(default_factory=Counter)


class Health:
    """Counters of every device, and what is wrong with each line."""

    def __init__(self, home_of: Mapping[str, str], lines: Iterable[str], plans: Mapping[str, BusPlan]) -> None:
        """`plans` says for each polled line what is asked of it."""
        self._home_of = dict(home_of)
        self._plans = plans
        self._loads = {name: BusLoad(plan) for name, plan in plans.items()}
        self.devices = {device: DeviceCounters() for device in home_of}
        self.lines: dict[str, str | None] = dict.fromkeys(lines)

    def heard(self, device: str, at: datetime, latency_s: float | None = None) -> None:
        """Note an answer or a message; with `latency_s` it was asked for."""
        health = self.devices[device]
        health.answers += 1
        if health.last_heard is not None:
            health.every_s = (at - health.last_heard).total_seconds()
        health.last_heard = at
        if latency_s is not None:
            health.latencies.add(latency_s)

    def leap(self, by: timedelta) -> None:
        """Say that the clock was set by so much: nobody was heard longer ago because of that."""
        for health in self.devices.values():
            if health.last_heard is not None:
                health.last_heard += by

    def polled(self, line: str, now: float, seconds: float) -> None:
        """Note that a poll took so many seconds of the bus and ended at `now`, monotonic."""
        self._loads[line].polled(now, seconds)

    def unheard(self, device: str, reason: str) -> None:
        """Note a question without an answer."""
        health = self.devices[device]
        health.failures += 1
        health.last_error = reason

    def troubled(self, device: str, troubles: Iterable[Diagnostic]) -> None:
        """Note what was wrong with bytes; a diagnostic is counted, never a reading."""
        health = self.devices[device]
        for trouble in troubles:
            health.errors[trouble.code.value] += 1
            health.last_error = f"{trouble.code.value}: {trouble.detail}"

    def line(self, name: str, reason: str | None) -> None:
        """Note that a line works (None) or why it doesn't."""
        self.lines[name] = reason

    def line_troubles(self) -> list[str]:
        """Return what is wrong with the lines, in words."""
        down = [f"line {name}: {reason}" for name, reason in self.lines.items() if reason]
        return down + [text for name, plan in self._plans.items() if (text := self._overload(name, plan))]

    def _overload(self, line: str, plan: BusPlan) -> str | None:
        """Say so when a line carries less than is asked of it: most of its devices come round too rarely."""
        times = too_rare({name: self.devices[name].every_s for name in plan.poll_s}, plan)
        if times is None or times < _TOO_RARE:
            return None
        return f"line {line}: is overloaded; it reads its devices {times:.1f} times more rarely than poll_s says"

    def device_states(self) -> list[DeviceState]:
        """Return the devices for a heartbeat."""
        return [
            DeviceState(name, self._home_of.get(name), one.last_heard, one.answers, one.failures, one.last_error)
            for name, one in self.devices.items()
        ]

    def as_json(self, now: float) -> dict[str, Any]:
        """Return devices and lines as plain data; `now` is monotonic seconds."""
        latencies = {name: one.latencies for name, one in self.devices.items()}
        return {
            "lines": {name: reason or "ok" for name, reason in self.lines.items()},
            "buses": {name: load.as_json(latencies, now) for name, load in self._loads.items()},
            "devices": {name: self._device(name, one) for name, one in self.devices.items()},
        }

    def _device(self, name: str, one: DeviceCounters) -> dict[str, Any]:
        asked = one.answers + one.failures
        return {
            "home": self._home_of.get(name),
            "answers": one.answers,
            "failures": one.failures,
            "answer_rate": round(one.answers / asked, 4) if asked else None,
            "last_heard": one.last_heard.isoformat() if one.last_heard else None,
            "latency_p50_s": _rounded(one.latencies.quantile(0.5)),
            "latency_p95_s": _rounded(one.latencies.quantile(0.95)),
            "every_s": one.every_s,
            "errors": dict(one.errors),
            "last_error": one.last_error,
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def read_status(db: sqlite3.Connection, wall: datetime) -> dict[str, Any]:
    """Return the status out of a state file; raises `sqlite3.DatabaseError` when it is no state file."""
    text = read_snapshot(db, SNAPSHOT)
    remembered: dict[str, Any] = json.loads(text) if text else {"troubles": ["the gateway has not run yet"]}
    oldest = outbox.oldest_ms(db)
    flags = outbox.flag_counts(db)
    return remembered | {
        "outbox": {
            "waiting": outbox.waiting(db),
            "oldest_s": None if oldest is None else round((wall - from_ms(oldest)).total_seconds(), 1),
        },
        "flags": {"created": flags.created, "receipted": flags.receipted, "lost": flags.lost},
    }
