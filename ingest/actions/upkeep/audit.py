"""Audit: the watcher of the watchers. Proves that every live ticket has a deadline that somebody still looks at,
repairs one that has not, and opens tickets for gateways that are no longer heard of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.tickets.deadlines import DUE_KIND
from ingest.domain.tickets.ticket import GATEWAY_SILENT
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.incoming.inbox import is_clock_behind
from ingest.store.tickets.audit_facts import (
    await_first_heartbeats,
    await_heartbeat,
    due_before,
    silent_gateways,
    without_deadline,
)
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
        bare = await without_deadline(connection)
        for ticket_id in bare:
            await _repair(connection, ticket_id, now)
        overdue = await due_before(connection, now - LATE)
        await await_first_heartbeats(connection, now + FIRST_WITHIN)
        silent = await _silent_gateways(connection, ctx, now)
        findings = Findings(tuple(bare), tuple(overdue), tuple(silent), await is_clock_behind(connection, now))
        if bare or overdue:
            detail = {"without_deadline": bare, "overdue": overdue}
            await write_audit(connection, now, "audit_failed", actor=None, subject=None, detail=detail)
        if bare or silent:
            await count_change(connection)
    return findings


async def _repair(connection: Connection, ticket_id: str, now: datetime) -> None:
    """Make the ticket due at once: the next escalation asks people again."""
    ticket = await ticket_for_update(connection, ticket_id)
    if ticket is not None:
        mended = replace(ticket, due_at=now, due_kind=DUE_KIND[ticket.status])
        await save_ticket(connection, mended, now, actor=None, event="deadline_repaired", detail={})


async def _silent_gateways(connection: Connection, ctx: ActionContext, now: datetime) -> list[str]:
    silent = await silent_gateways(connection, now)
    for one in silent:
        gateway_id, due = one.gateway_id, one.due_at
        if await silence_ticket(connection, gateway_id) is None:
            key = "tickets.gateway.overdue" if one.last else "tickets.gateway.never"
            text_zh, text_en = texts_of(key, gateway=gateway_id)
            cause = Cause(
                area_id=one.area_id,
                kind=GATEWAY_SILENT,
                severity=Severity.MAINTENANCE,
                text_zh=text_zh,
                text_en=text_en,
                since=one.last or due,
                gateway_id=gateway_id,
                subject=gateway_id,
                episode=f"{gateway_id} silent {int(due.timestamp())}",
            )
            await open_for(connection, ctx, cause, now)
        # the next heartbeat sets a new deadline; without one it is looked at again, should the ticket be closed by then
        await await_heartbeat(connection, gateway_id, now + STILL_SILENT)
    return [one.gateway_id for one in silent]
