"""Mail the ledger: bring a gateway the whole ledger of its homes, again and again until it names that revision.

Who is offline hears of it when it is back: its heartbeat names what it has, and what is not the ledger of now is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.desk import Desk
from ingest.store.absences import (
    anything_to_mail,
    confirm_ledger,
    due_mail,
    ledger_of,
    mail_of,
    mail_sent,
    revision_of,
)
from ingest.store.conflicts import again_on_conflict
from models.wire.messages import AwayChanged

_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=10)
_SOON = timedelta(seconds=5)
"""A gateway that has just said that it has another ledger is told so soon, but never in a ring."""


@dataclass(frozen=True, slots=True)
class LedgerLetter:
    """What is to be sealed with the key of `generation` and published to the gateway."""

    gateway_id: str
    generation: int
    body: AwayChanged


@again_on_conflict
async def lease_letters(desk: Desk, now: datetime, limit: int = 50) -> list[LedgerLetter]:
    """Return the ledgers that are to be sent now; each is due again later unless its gateway confirms it."""
    async with desk.db.read() as connection:
        if not await anything_to_mail(connection, now):
            return []
    letters: list[LedgerLetter] = []
    async with desk.db.write() as connection:
        for gateway_id, generation, attempts in await due_mail(connection, now, limit):
            entries = await ledger_of(connection, gateway_id, now)
            letters.append(LedgerLetter(gateway_id, generation, AwayChanged(entries, revision_of(entries))))
            pause = min(_FIRST_PAUSE * 2 ** min(attempts, 10), _LONGEST_PAUSE)
            await mail_sent(connection, gateway_id, attempts + 1, now + pause)
    return letters


async def note_ledger(connection: AsyncConnection, gateway_id: str, revision: str, now: datetime) -> None:
    """Compare what a heartbeat says the gateway has with what there is, and have it sent where they differ."""
    mail = await mail_of(connection, gateway_id)
    wanted = revision_of(await ledger_of(connection, gateway_id, now))
    if revision == wanted:
        if mail is not None and (mail["due_at"] is not None or mail["confirmed"] != revision):
            await confirm_ledger(connection, gateway_id, revision, due=None)
        return
    soon = now if mail is None or mail["due_at"] is None else min(mail["due_at"], now + _SOON)
    await confirm_ledger(connection, gateway_id, revision[:100], due=soon)
