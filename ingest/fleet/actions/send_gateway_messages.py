"""Mail gateways: bring each what it must have, again and again until it names that revision.

There are three kinds of mail: the whole ledger of a gateway's homes, the settings by which they are to be watched, and
who is on call near them, for gateways that can call people themselves.
Who is offline hears of it when it is back: its heartbeat names what it has, and what is not that of now is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.fleet.store.habit_counts import prior_of
from ingest.fleet.store.on_call_near import on_call_near
from ingest.fleet.store.tables import settings_mail
from ingest.fleet.store.thresholds import tunings_of
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.duty.tables import on_call_mail
from ingest.store.ledger.absences import ledger_of, revision_of
from ingest.store.ledger.gateway_messages import MailTable, anything_to_mail, confirm, due_mail, mail_of, mail_sent
from ingest.store.ledger.tables import ledger_mail
from models.wire.codec import write_down
from models.wire.messages import AwayChanged, OnCallChanged, SettingsChanged

Body = AwayChanged | SettingsChanged | OnCallChanged

_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HALF_DAY = timedelta(hours=12)
_ROSTER_AHEAD = timedelta(hours=72)
"""So long a gateway can do without us and still knows who is on call."""
_SOON = timedelta(seconds=5)
"""A gateway that has just said that it has another ledger is told so soon, but never in a ring."""


@dataclass(frozen=True, slots=True)
class GatewayMessage:
    """What is to be sealed with the key of `generation` and published to the gateway."""

    gateway_id: str
    generation: int
    body: Body


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail: where it is kept how each gateway stands, and what a gateway must have now."""

    table: MailTable
    content: Callable[[Connection, str, datetime], Awaitable[Body]]


async def _ledger(connection: Connection, gateway_id: str, now: datetime) -> AwayChanged:
    entries = await ledger_of(connection, gateway_id, now)
    return AwayChanged(entries, revision_of(entries))


async def _settings(connection: Connection, gateway_id: str, _now: datetime) -> SettingsChanged:
    tunings, prior = await tunings_of(connection, gateway_id), await prior_of(connection, gateway_id)
    changed = SettingsChanged("", list(tunings), prior)
    if not tunings and prior is None:
        return changed
    return replace(changed, revision=_revision(changed))


async def _on_call(connection: Connection, gateway_id: str, now: datetime) -> OnCallChanged:
    """The shifts of some days from a half day's beginning on: told anew each half day, and when a roster changes."""
    begin = now - (now - _EPOCH) % _HALF_DAY
    until = begin + _ROSTER_AHEAD
    shifts = await on_call_near(connection, gateway_id, (begin, until))
    changed = OnCallChanged("", until, shifts)
    if not shifts:
        return changed
    return replace(changed, revision=_revision(changed))


def _revision(body: Body) -> str:
    return hashlib.sha256(write_down(body).encode()).hexdigest()[:24]


LEDGER = Mail(ledger_mail, _ledger)
SETTINGS = Mail(settings_mail, _settings)
ON_CALL = Mail(on_call_mail, _on_call)


async def lease_gateway_messages(ctx: ActionContext, now: datetime, limit: int = 50) -> list[GatewayMessage]:
    """Return what is to be sent now; each is due again later unless its gateway confirms it."""
    return [letter for mail in (LEDGER, SETTINGS, ON_CALL) for letter in await _lease(ctx, mail, now, limit)]


@again_on_conflict
async def _lease(ctx: ActionContext, mail: Mail, now: datetime, limit: int) -> list[GatewayMessage]:
    async with ctx.db.read() as connection:
        if not await anything_to_mail(connection, mail.table, now):
            return []
    letters: list[GatewayMessage] = []
    async with ctx.db.write() as connection:
        for gateway_id, generation, attempts in await due_mail(connection, mail.table, now, limit):
            letters.append(GatewayMessage(gateway_id, generation, await mail.content(connection, gateway_id, now)))
            pause = min(_FIRST_PAUSE * 2 ** min(attempts, 10), _LONGEST_PAUSE)
            await mail_sent(connection, mail.table, gateway_id, attempts + 1, now + pause)
    return letters


async def note_confirmed(connection: Connection, mail: Mail, gateway_id: str, revision: str, now: datetime) -> None:
    """Compare what a heartbeat says the gateway has with what there is, and have it sent where they differ."""
    stands = await mail_of(connection, mail.table, gateway_id)
    wanted = (await mail.content(connection, gateway_id, now)).revision or ""
    if revision == wanted:
        if stands is not None and (stands["due_at"] is not None or stands["confirmed"] != revision):
            await confirm(connection, mail.table, gateway_id, revision, due=None)
        return
    soon = now if stands is None or stands["due_at"] is None else min(stands["due_at"], now + _SOON)
    await confirm(connection, mail.table, gateway_id, revision[:100], due=soon)
