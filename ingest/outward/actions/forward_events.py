"""Pass on: events of tickets leave for other centres, at least once, with the same key each time, and never in the way
of anything else: a loop of its own, one event at a time for each centre, the urgent first, a ticket's own in order.

A centre that can't be reached for some minutes, or that refuses an event, is work for the installer: a ticket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_system_ticket import SystemFault, mend, open_system_ticket
from ingest.channels.contract import Delivered, Delivery, Rejected, Unreachable
from ingest.outward.domain.forwarding import FORWARD_FAILING, KEPT_FOR, WORTH_A_TICKET, Wants, wait_before_again
from ingest.outward.forwarders.contract import Forward, Forwarder, Wishes
from ingest.outward.store.forwards import set_forwarders
from ingest.outward.store.sending import (
    centre_fails,
    centre_works,
    failing_centres,
    forward_by_id,
    last_error_of,
    next_forward,
    set_forward,
)
from ingest.store.base.database import Connection
from ingest.store.tickets.system_tickets import going_on
from models.flag import Severity
from models.texts.texts import texts_of

LEASE = timedelta(seconds=150)
PASS_ON_WITHIN_S = 120.0
"""Shorter than the lease, and longer than the resends that a centre's own rules ask for."""


@dataclass(frozen=True, slots=True)
class Leased:
    """An event that is ours to send, and the centre it is for."""

    forwarder: str
    forward: Forward


async def agree_on_forwarders(ctx: ActionContext, wishes: Mapping[str, tuple[str, Wishes]]) -> None:
    """Write down which centres the settings name, and what each wants (its kind and wishes by its name)."""
    wanted = {
        name: (kind, Wants(frozenset(wish.events), frozenset(wish.kinds), Severity(wish.severity_from), wish.area))
        for name, (kind, wish) in wishes.items()
    }
    async with ctx.db.write() as connection:
        await set_forwarders(connection, wanted)


async def lease_forward(ctx: ActionContext, busy: Set[str], now: datetime) -> Leased | None:
    """Return the next event to pass on, for a centre that is not busy, now ours to send; None where there is none.

    An event of a ticket waits for those before it.
    """
    async with ctx.db.read() as connection:
        if await next_forward(connection, busy, now) is None:
            return None
    async with ctx.db.write() as connection:
        row = await next_forward(connection, busy, now, lock=True)
        if row is None:
            return None
        await set_forward(connection, row["id"], status="leased", leased_until=now + LEASE)
    key = f"{row['ticket_id']}.{row['number']}"
    return Leased(row["forwarder"], Forward.of_row(row["id"], key, row["content_json"]))


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What came of one round."""

    done: int = 0
    failed: int = 0


async def pass_on(ctx: ActionContext, ways: Mapping[str, Forwarder], now: datetime, limit: int = 50) -> PassedOn:
    """Send at most `limit` events that are due at `now`, one after the other."""
    done = failed = 0
    while done + failed < limit and (leased := await lease_forward(ctx, frozenset(), now)) is not None:
        result = await send_forward(ways, leased)
        await record_forward(ctx, leased, result, now)
        done, failed = done + isinstance(result, Delivered), failed + (not isinstance(result, Delivered))
    return PassedOn(done, failed)


async def send_forward(ways: Mapping[str, Forwarder], leased: Leased) -> Delivery:
    """Send and return what became of it; trouble of any kind is a value."""
    way = ways.get(leased.forwarder)
    if way is None:
        return Unreachable("not in this process's settings")
    try:
        async with asyncio.timeout(PASS_ON_WITHIN_S):
            return await way.send(leased.forward)
    except TimeoutError:
        return Unreachable(f"no answer within {PASS_ON_WITHIN_S:.0f} s")
    except Exception as error:  # noqa: BLE001 - one centre's fault must not lose or hold up the others' events
        return Unreachable(f"the forwarder failed: {type(error).__name__}")


async def record_forward(ctx: ActionContext, leased: Leased, result: Delivery, now: datetime) -> None:
    """Write down what became of a leased event, and how the centre does."""
    name, serial = leased.forwarder, leased.forward.serial
    async with ctx.db.write() as connection:
        row = await forward_by_id(connection, serial)
        attempts = row["attempts"] + 1
        if isinstance(result, Delivered):
            await set_forward(connection, row["id"], status="done", done_at=now, attempts=attempts, last_error=None)
            await centre_works(connection, name, now)
            await mend(connection, FORWARD_FAILING, name, now)
            return
        given_up = isinstance(result, Rejected) or now - row["created_at"] >= KEPT_FOR
        status = "refused" if isinstance(result, Rejected) else "given_up" if given_up else "pending"
        again = now + wait_before_again(attempts)
        said = {"attempts": attempts, "last_error": result.reason}
        await set_forward(
            connection, row["id"], status=status, not_before=again, done_at=now if given_up else None, **said
        )
        await centre_fails(connection, name, result.reason, now)
        if given_up:
            await _complain(connection, ctx, name, now, now)


async def open_for_silent_centres(ctx: ActionContext, now: datetime) -> int:
    """Open a ticket for each centre that has been out of reach too long; return how many were opened."""
    async with ctx.db.read() as connection:
        failing = await failing_centres(connection, now - WORTH_A_TICKET)
        known = {ticket.subject for ticket in await going_on(connection, FORWARD_FAILING)} if failing else set()
    opened = 0
    for name, since in failing:
        if name in known:
            continue
        async with ctx.db.write() as connection:
            opened += await _complain(connection, ctx, name, since, now)
    return opened


async def _complain(connection: Connection, ctx: ActionContext, name: str, since: datetime, now: datetime) -> bool:
    error = await last_error_of(connection, name)
    zh, en = texts_of("tickets.forwarder.failing", forwarder=name, error=error)
    return await open_system_ticket(
        connection, ctx, SystemFault(FORWARD_FAILING, name, Severity.MAINTENANCE, zh, en), since, now
    )
