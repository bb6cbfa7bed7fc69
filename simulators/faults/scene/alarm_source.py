"""Howling: smoke detectors that go off, one after the other and many at once, each until somebody has been told.

A detector repeats itself while it howls and while it is quiet, as real ones do. It begins the next episode only when
the ingester has the flag of the one before: a flag that is lost stops its home for good, and one too many is counted.

A worn card is the one fault that may take the memory of a home: then its gateway may tell of a howl once more, and can
not tell of the end of one that it has forgotten. Both are allowed for once, and counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

REPEAT_S = 2.0
FORGOTTEN_AFTER_S = 20.0
"""So long after its gateway lost its memory a home is waited for, until the end of its howl counts as forgotten."""
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
    told_of: float = -1.0
    """When the newest change was made that the ingester has."""
    forgiven_from: float | None = None
    """Since when its gateway may have no memory of it."""
    told_again: int = 0
    unsaid: int = 0

    @property
    def howling(self) -> bool:
        """Whether it howls now."""
        return self.howls > self.rests

    def expected(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Return how many flags of each event there must be in the end."""
        return (RAISED, self.howls + self.told_again), (CLEARED, self.rests - self.unsaid)

    def is_told(self, told: Told) -> bool:
        """Whether the ingester has what happened last here."""
        event, count = self.expected()[0 if self.howling else 1]
        return told.get((self.home, event), 0) >= count

    def is_remembered(self, now: float) -> bool:
        """Whether its gateway has a memory of it, as far as can be known.

        What was told again may come after the end of that howl: for a while nothing new begins, or it would be taken
        for the news of the next howl, and that one would be over before anybody heard it.
        """
        return self.forgiven_from is None or now - self.forgiven_from > FORGOTTEN_AFTER_S

    def change(self, now: float) -> None:
        """Fall quiet, or begin to howl."""
        if self.howling:
            self.rests += 1
        else:
            self.howls += 1
            self.forgiven_from = None
        self.changed_at = self.spoke_at = now

    def allow_for(self, told: Told, now: float) -> None:
        """After its gateway's memory was lost: take a howl that was told again, or an end that was not, for that."""
        raised, cleared = (told.get((self.home, event), 0) - count for event, count in self.expected())
        if self.unsaid and cleared > 0:
            self.unsaid -= 1
        if self.forgiven_from is None:
            return
        if raised == 1:
            self.told_again += 1
            self.forgiven_from = None
        elif not self.howling and cleared < 0 and now - max(self.changed_at, self.forgiven_from) > FORGOTTEN_AFTER_S:
            self.unsaid += 1
            self.forgiven_from = None


@dataclass(slots=True)
class DetectorStreet:
    """All detectors. Pure: it is told the seconds, and what the ingester has, and says who speaks now."""

    detectors: dict[str, Detector] = field(default_factory=dict)
    told: Told = field(default_factory=dict)

    def step(self, now: float, *, begin: bool) -> list[Detector]:
        """Let time pass: who has been told of goes on (to howl only if `begin`); return who speaks now."""
        speaking = []
        for one in self.detectors.values():
            one.allow_for(self.told, now)
            if one.is_told(self.told):
                one.told_of = one.changed_at
                if one.howling or (begin and one.is_remembered(now)):
                    one.change(now)
                    speaking.append(one)
                    continue
            if now - one.spoke_at >= REPEAT_S:
                one.spoke_at = now
                speaking.append(one)
        return speaking

    def forgive(self, homes: Iterable[str], now: float) -> None:
        """Say that the gateway of these homes may have lost its memory of them just now."""
        for home in homes:
            self.detectors[home].forgiven_from = now

    @property
    def made(self) -> int:
        """How many flags there must be in the end."""
        return sum(one.howls + one.rests - one.unsaid for one in self.detectors.values())

    @property
    def told_again(self) -> int:
        """How many howls were told once more, because a worn card took the memory of the first time."""
        return sum(one.told_again for one in self.detectors.values())

    @property
    def unsaid(self) -> int:
        """How many ends of howls were forgotten with the memory on a worn card."""
        return sum(one.unsaid for one in self.detectors.values())

    def waiting(self, until: float, among: Container[str]) -> list[Detector]:
        """Return which of `among` last changed not after `until` and are not known to the ingester as they are."""
        return [
            one
            for one in self.detectors.values()
            if one.home in among and one.changed_at <= until and not one.is_told(self.told)
        ]

    def lost(self) -> list[str]:
        """Return what the ingester lacks."""
        return [name for name, missing in self._differences() for _ in range(missing)]

    def doubled(self) -> list[str]:
        """Return what the ingester has too often."""
        return [name for name, missing in self._differences() for _ in range(-missing)]

    def _differences(self) -> Iterator[tuple[str, int]]:
        for one in self.detectors.values():
            for event, count in one.expected():
                yield f"{one.home} {event}", count - self.told.get((one.home, event), 0)


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
