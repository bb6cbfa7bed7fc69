"""Audit: the watcher of the watchers. Proves that every live ticket has a deadline that somebody still looks at,
repairs one that has not, and opens tickets for gateways that are no longer heard of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.tickets.deadlines import DUE_KIND
from ingest.domain.tickets.ticket import GATEWAY_SILENT, Status
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import audit_log, gateways, homes
from ingest.store.tickets.inbox import is_clock_behind
from ingest.store.tickets.tables import tickets
from ingest.store.tickets.tickets import save_ticket, silence_ticket, ticket_for_update
from models.flag import Severity
from models.texts.texts import texts_of

STILL_SILENT = timedelta(days=1)
FIRST_WITHIN = timedelta(days=1)
"""By when a gateway that homes are named for must have been heard of, from when the audit first sees it."""
LATE = timedelta(seconds=60)
"""A deadline that has been over for so long means that no worker escalates."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was wrong: tickets without a deadline (repaired), with one that nobody honoured, silent gateways,
    and whether our own clock is behind what was written down."""

    without_deadline: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    silent_gateways: tuple[str, ...] = ()
    clock_behind: bool = False

    @property
    def clean(self) -> bool:
        """Whether the proof holds: every live ticket has a deadline, and none is forgotten."""
        return not self.without_deadline and not self.overdue


async def audit(ctx: ActionContext, now: datetime) -> Findings:
    """Look at every live ticket and every gateway; write down and repair what is wrong."""
    async with ctx.db.write() as connection:
        bare = await _without_deadline(connection)
        for ticket_id in bare:
            await _repair(connection, ticket_id, now)
        overdue = await _overdue(connection, now)
        await _await_first_heartbeats(connection, now)
        silent = await _silent_gateways(connection, ctx, now)
        findings = Findings(tuple(bare), tuple(overdue), tuple(silent), await is_clock_behind(connection, now))
        if bare or overdue:
            detail = {"without_deadline": bare, "overdue": overdue}
            await connection.execute(
                insert(audit_log).values(at=now, actor=None, event="audit_failed", subject=None, detail_json=detail)
            )
        if bare or silent:
            await count_change(connection)
    return findings


async def _without_deadline(connection: AsyncConnection) -> list[str]:
    nothing = or_(tickets.c.due_at.is_(None), tickets.c.due_kind.is_(None))
    query = select(tickets.c.ticket_id).where(tickets.c.status != Status.CLOSED.value, nothing)
    return list((await connection.execute(query.order_by(tickets.c.ticket_id))).scalars())


async def _repair(connection: AsyncConnection, ticket_id: str, now: datetime) -> None:
    """Make the ticket due at once: the next escalation asks people again."""
    ticket = await ticket_for_update(connection, ticket_id)
    if ticket is not None:
        mended = replace(ticket, due_at=now, due_kind=DUE_KIND[ticket.status])
        await save_ticket(connection, mended, now, actor=None, event="deadline_repaired", detail={})


async def _overdue(connection: AsyncConnection, now: datetime) -> list[str]:
    query = select(tickets.c.ticket_id).where(tickets.c.status != Status.CLOSED.value, tickets.c.due_at < now - LATE)
    return list((await connection.execute(query.order_by(tickets.c.ticket_id))).scalars())


async def _await_first_heartbeats(connection: AsyncConnection, now: datetime) -> None:
    """Give gateways that never sent a heartbeat, and that homes rely on, a deadline for the first one."""
    relied_on = exists().where(homes.c.gateway_id == gateways.c.gateway_id)
    await connection.execute(
        update(gateways)
        .where(gateways.c.heartbeat_due_at.is_(None), gateways.c.last_heartbeat_at.is_(None), relied_on)
        .values(heartbeat_due_at=now + FIRST_WITHIN)
    )


async def _silent_gateways(connection: AsyncConnection, ctx: ActionContext, now: datetime) -> list[str]:
    query = select(gateways.c.gateway_id, gateways.c.area_id, gateways.c.last_heartbeat_at, gateways.c.heartbeat_due_at)
    query = query.where(gateways.c.heartbeat_due_at <= now).order_by(gateways.c.gateway_id)
    silent = (await connection.execute(query.with_for_update(skip_locked=True))).all()
    for gateway_id, area_id, last, due in silent:
        if await silence_ticket(connection, gateway_id) is None:
            key = "tickets.gateway.overdue" if last else "tickets.gateway.never"
            text_zh, text_en = texts_of(key, gateway=gateway_id)
            cause = Cause(
                area_id=area_id,
                kind=GATEWAY_SILENT,
                severity=Severity.MAINTENANCE,
                text_zh=text_zh,
                text_en=text_en,
                since=last or due,
                gateway_id=gateway_id,
                subject=gateway_id,
                episode=f"{gateway_id} silent {int(due.timestamp())}",
            )
            await open_for(connection, ctx, cause, now)
        # the next heartbeat sets a new deadline; without one it is looked at again, should the ticket be closed by then
        again = now + STILL_SILENT
        await connection.execute(
            update(gateways).where(gateways.c.gateway_id == gateway_id).values(heartbeat_due_at=again)
        )
    return [row.gateway_id for row in silent]
