"""The contract of the ways by which a gateway tells people itself: what is told, to whom, and what became of it.

A way does the telling and nothing else: it decides nothing, repeats nothing and remembers nothing. What it says about a
failure holds no telephone number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.flag import FlagKind, Severity


class Matter(StrEnum):
    """What somebody is told."""

    ALARM = "alarm"
    """Go and look."""
    GOES = "goes"
    """Somebody else goes; you need not."""


@dataclass(frozen=True, slots=True)
class LocalAlarm:
    """A situation that ingest has not taken. `door` is how the home is called on the spot, `at` is in its own zone."""

    gateway: str
    episode: str
    home: str
    door: str
    kind: FlagKind
    severity: Severity
    at: datetime
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a way can tell: `person` as ingest knows them, or the way's own name where it tells nobody in particular."""

    way: str
    person: str
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """It has been taken: the network has the message, the relay has closed, the webhook has answered 2xx."""


@dataclass(frozen=True, slots=True)
class NotTold:
    """It has not, or nobody knows: to be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class TextReply:
    """What somebody on call answered."""

    person: str
    text: str = field(repr=False)


class AlarmWay(Protocol):
    """One way to tell people."""

    name: str

    def recipients(self, alarm: LocalAlarm) -> Sequence[Recipient]:
        """Return whom this way tells of such an alarm, in their order."""

    async def tell(self, alarm: LocalAlarm, recipient: Recipient, matter: Matter) -> Delivery | NotTold:
        """Tell one recipient once. Trouble is a value, never an exception."""

    async def check(self) -> str | None:
        """Return why this way could tell nobody now, None if it could."""

    async def replies(self) -> Sequence[TextReply]:
        """Return what has been answered since the last call; nothing from a way that only talks."""
