"""The forwarder contract: one event of a ticket to one other centre, and what became of it.

A forwarder does the sending and nothing else: it knows neither tickets nor the database, and what it says about a
failure never holds a secret, a name or an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ingest.channels.contract import Delivery


@dataclass(frozen=True, slots=True)
class Forward:
    """One event of a ticket, as it was when it happened; times are aware UTC.

    `key` stays the same when it is sent again. `serial` counts up over everything that is passed on from this house.
    `kind`, `severity`, `status`, `condition` and `event` are the ticket's own words.
    """

    key: str
    serial: int
    event: str
    number: int
    at: datetime
    ticket_id: str
    home_id: str | None
    label: str
    area_id: str
    kind: str
    severity: str
    status: str
    condition: str
    outcome: str | None
    text_zh: str
    text_en: str
    since: datetime
    opened_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether the event says that the alarm is over: the home looks normal again, or somebody dealt with it."""
        return self.event in {"condition_cleared", "resolve", "close", "merge"}

    @classmethod
    def of_row(cls, serial: int, key: str, content: dict[str, Any]) -> Forward:
        """Return the event in a row of the outbox."""
        times = {name: datetime.fromisoformat(content[name]) for name in ("at", "since", "opened_at")}
        return cls(key=key, serial=serial, **{**content, **times})


class Wishes(Protocol):
    """What a centre is told of, as its settings say it."""

    @property
    def events(self) -> tuple[str, ...]:
        """Return the events by the history's words; none: all."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of tickets; none: all."""
        ...

    @property
    def severity_from(self) -> str:
        """Return the lowest severity."""
        ...

    @property
    def area(self) -> str:
        """Return the area below which; empty: everywhere."""
        ...


class Forwarder(Protocol):
    """A way to another centre."""

    async def send(self, forward: Forward) -> Delivery:
        """Send once and say what became of it. Trouble with the centre is a value, never an exception."""
        ...

    async def close(self) -> None:
        """Put away what is open."""
        ...
