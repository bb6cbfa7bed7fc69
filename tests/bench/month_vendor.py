"""A vendor in virtual time: takes notices, loses some, says later what arrived, and keeps a ledger of what it sent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.channels.contract import Asks, Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.store.notices.tables import notices

CONFIRM_S = 90.0
_TOKEN = re.compile(r"/go/([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Faults:
    """The shares of what goes wrong, and when nothing answers at all."""

    no_answer: float = 0.015
    answer_lost: float = 0.007
    """The vendor sends it, and its answer never comes."""
    rejected: float = 0.002
    not_arrived: float = 0.02
    no_report: float = 0.01
    down: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the ledger: what was sent to which number; `tokens` are those of the links in it."""

    vendor_id: str
    key: str
    address: str
    text: str
    asks: Asks | None
    tokens: tuple[str, ...]
    at: datetime


@dataclass(slots=True)
class VendorInPlay:
    """One channel. `shows` is called with (message, when) for every phone that rings."""

    name: str
    clock: Callable[[], datetime]
    random: Random
    faults: Faults
    ledger: dict[str, Message] = field(default_factory=dict)
    unsaid: set[str] = field(default_factory=set)
    """Keys that were sent and whose answer was lost, until the same key comes again."""
    fresh: list[tuple[Message, bool | None]] = field(default_factory=list)
    """Messages since the last look, and what will be said of them: arrived, not, or nothing."""
    tried: int = 0

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Take a notice; the same key is sent once."""
        self.tried += 1
        now = self.clock()
        if any(start <= now < end for start, end in self.faults.down):
            return Unreachable("no answer")
        known = self.ledger.get(notice.key)
        if known is not None:
            self.unsaid.discard(notice.key)
            return Delivered(known.vendor_id, reports=True, confirm_within_s=CONFIRM_S)
        chance = self.random.random()
        if chance < self.faults.no_answer:
            return Unreachable("no answer")
        if chance < self.faults.no_answer + self.faults.rejected:
            return Rejected("black list")
        message = Message(
            f"{self.name}-{len(self.ledger)}",
            notice.key,
            notice.address,
            notice.text,
            notice.asks,
            tuple(_TOKEN.findall(notice.text_with_link)),
            now,
        )
        self.ledger[notice.key] = message
        fate = self.random.random()
        missing, silent = self.faults.not_arrived, self.faults.no_report
        arrived = False if fate < missing else None if fate < missing + silent else True
        self.fresh.append((message, arrived))
        if chance > 1 - self.faults.answer_lost:
            self.unsaid.add(notice.key)
            return Unreachable("the answer was lost")
        return Delivered(message.vendor_id, reports=True, confirm_within_s=CONFIRM_S)


@dataclass(frozen=True, slots=True)
class Books:
    """The vendors' ledgers against the store: what only one of them has."""

    sent: int
    lost: int
    """The store says that a vendor took it; the vendor has no such message."""
    doubled: int
    """The vendor sent it more often than the store has notices of it."""
    unsaid: int
    """Sent, and the answer was lost, and no longer wanted when it was to be tried again: the store can't know."""


async def balance(connection: AsyncConnection, vendors: Sequence[VendorInPlay], since: datetime) -> Books:
    """Compare every line that went to every number since then with the notices that vendors took."""
    query = select(notices.c.channel, notices.c.address, notices.c.text)
    query = query.where(notices.c.vendor_id.is_not(None), notices.c.created_at >= since)
    stored: Counter[tuple[str, str, str]] = Counter()
    for row in await connection.execute(query):
        stored.update((row.channel, row.address, line) for line in row.text.split("\n"))
    sent: Counter[tuple[str, str, str]] = Counter()
    unsaid: Counter[tuple[str, str, str]] = Counter()
    for vendor in vendors:
        for key, message in vendor.ledger.items():
            book = unsaid if key in vendor.unsaid else sent
            book.update((vendor.name, message.address, line) for line in message.text.split("\n"))
    return Books(
        sent=sent.total() + unsaid.total(),
        lost=(stored - sent).total(),
        doubled=(sent - stored).total(),
        unsaid=unsaid.total(),
    )


def outages(start: datetime, days: int) -> tuple[tuple[datetime, datetime], ...]:
    """Return when a vendor is down: an hour in the evening of every tenth day."""
    begins = [start + timedelta(days=day, hours=19) for day in range(5, days, 10)]
    return tuple((begin, begin + timedelta(hours=1)) for begin in begins)
