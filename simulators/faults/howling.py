"""Howling: smoke detectors that go off, one after the other and many at once, each until somebody has been told.

A detector repeats itself while it howls and while it is quiet, as real ones do. It begins the next episode only when
the ingester has the flag of the one before: a flag that is lost stops its home for good, and one too many is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

REPEAT_S = 2.0
RAISED, CLEARED = "raised", "cleared"
Told = Mapping[tuple[str, str], int]
"""How many flags the ingester has: (home, event) → count."""


@dataclass(slots=True)
class Detector:
    """One home's detector: how often it has howled and fallen quiet, when it last changed, when it last spoke."""

    home: str
    howls: int = 0
    rests: int = 0
    changed_at: float = 0.0
    spoke_at: float = -REPEAT_S

    @property
    def howling(self) -> bool:
        """Whether it howls now."""
        return self.howls > self.rests

    def awaited(self) -> tuple[str, int]:
        """Return which event the ingester must have now, and how often."""
        return (RAISED, self.howls) if self.howling else (CLEARED, self.rests)

    def is_told(self, told: Told) -> bool:
        """Whether the ingester has what happened last here."""
        event, count = self.awaited()
        return told.get((self.home, event), 0) >= count


@dataclass(slots=True)
class Street:
    """All detectors. Pure: it is told the seconds, and what the ingester has, and says who speaks now."""

    detectors: dict[str, Detector] = field(default_factory=dict)
    told: Told = field(default_factory=dict)

    def step(self, now: float, *, begin: bool) -> list[Detector]:
        """Let time pass: who has been told of goes on (to howl only if `begin`); return who speaks now."""
        speaking = []
        for one in self.detectors.values():
            if one.is_told(self.told) and (one.howling or begin):
                if one.howling:
                    one.rests += 1
                else:
                    one.howls += 1
                one.changed_at, one.spoke_at = now, now
                speaking.append(one)
            elif now - one.spoke_at >= REPEAT_S:
                one.spoke_at = now
                speaking.append(one)
        return speaking

    @property
    def made(self) -> int:
        """How many flags there must be in the end."""
        return sum(one.howls + one.rests for one in self.detectors.values())

    def waiting(self, until: float) -> list[Detector]:
        """Return whose last change, not after `until`, has not reached the ingester."""
        return [one for one in self.detectors.values() if one.changed_at <= until and not one.is_told(self.told)]

    def lost(self) -> list[str]:
        """Return what the ingester lacks."""
        return [f"{one.home} {event}" for one in self.detectors.values() for event in self._missing(one)]

    def _missing(self, one: Detector) -> list[str]:
        lacking = []
        for event, made in ((RAISED, one.howls), (CLEARED, one.rests)):
            lacking += [event] * max(0, made - self.told.get((one.home, event), 0))
        return lacking

    def doubled(self) -> list[str]:
        """Return what the ingester has too often."""
        found = []
        for one in self.detectors.values():
            for event, made in ((RAISED, one.howls), (CLEARED, one.rests)):
                found += [f"{one.home} {event}"] * max(0, self.told.get((one.home, event), 0) - made)
        return found


class Voices:
    """The detectors' radio: a client at their own broker, which nobody kills."""

    def __init__(self, host: str, port: int) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.max_inflight_messages_set(200)
        self._client.connect(host, port)
        self._client.loop_start()

    def speak(self, detectors: Iterable[Detector]) -> None:
        """Publish how each is."""
        for one in detectors:
            self._client.publish(topic_of(one.home), json.dumps({"smoke": one.howling, "battery": 100}), qos=1)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


def topic_of(home: str) -> str:
    """Return the topic of a home's detector."""
    return f"zigbee2mqtt/{home}-smoke"
