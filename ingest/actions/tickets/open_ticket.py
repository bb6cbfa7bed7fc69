"""Open a ticket: from a flag, from the audit, or by hand. Ticket, plan snapshot, deadline and notices in one go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_ticket_id
from ingest.actions.notices.queue_notices import queue_notices
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.duty.calling import Purpose, call_from
from ingest.domain.duty.plan import Plan
from ingest.domain.tickets.deadlines import deadline
from ingest.domain.tickets.ticket import BY_HAND, Condition, Refusal, Refused, Status, Ticket
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import chain_of, home_by_id, path_of
from ingest.store.duty.plans import plan_for
from ingest.store.duty.reach import reach_of
from ingest.store.tickets.tickets import insert_ticket
from models.flag import Severity


@dataclass(frozen=True, slots=True)
class Opened:
    """The new ticket."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a ticket is opened, and where. `subject` names what no home row stands for; `plan` stands for the place's."""

    area_id: str
    kind: str
    severity: Severity
    text_zh: str
    text_en: str
    since: datetime
    home_id: str | None = None
    gateway_id: str | None = None
    subject: str | None = None
    episode: str | None = None
    condition: Condition = Condition.ACTIVE
    plan: Plan | None = None


async def open_for(
    connection: Connection, ctx: ActionContext, cause: Cause, now: datetime, *, actor: str | None = None
) -> Ticket:
    """Write a ticket with its plan, deadline, history and first notices, within the caller's transaction."""
    plan = cause.plan or await plan_for(connection, await chain_of(connection, cause.area_id), cause.severity)
    draft = Ticket(
        ticket_id=new_ticket_id(),
        area_id=cause.area_id,
        kind=cause.kind,
        severity=cause.severity,
        status=Status.OPEN,
        condition=cause.condition,
        text_zh=cause.text_zh,
        text_en=cause.text_en,
        since=cause.since,
        plan=plan,
        step=0,
        due_at=None,
        due_kind=None,
        opened_at=now,
        home_id=cause.home_id,
        gateway_id=cause.gateway_id,
        subject=cause.subject,
        episode=cause.episode,
    )
    call = call_from(plan, 0, 0, await reach_of(connection, draft, now))
    due_kind, due_at = deadline(Status.OPEN, cause.severity, plan, call.step, now)
    said = {"step": call.step, "asked": [person.person_id for person in call.people], "why": call.why.value}
    ticket = await insert_ticket(
        connection, replace(draft, step=call.step, due_kind=due_kind, due_at=due_at), now, actor=actor, detail=said
    )
    wait = plan.step_at(call.step).after_s
    await queue_notices(connection, ctx, ticket, call.people, Purpose.ASKED, now=now, wait_s=wait)
    return ticket


@again_on_conflict
async def open_ticket(
    ctx: ActionContext, home_id: str, severity: Severity, text: str, *, actor: Actor, now: datetime
) -> Opened | Refused:
    """Open a ticket of kind `by_hand` about a home; `text` says why, in whatever language it was written."""
    if actor.role not in MAY_OPEN_BY_HAND:
        return Refused(Refusal.NOT_ALLOWED)
    if not text.strip():
        return Refused(Refusal.INCOMPLETE, missing="text")
    async with ctx.db.write() as connection:
        home = await home_by_id(connection, home_id)
        if home is None or not sees(actor, await path_of(connection, home.area_id)):
            return Refused(Refusal.OUT_OF_SCOPE)
        cause = Cause(home.area_id, BY_HAND, severity, text.strip(), text.strip(), now, home_id=home_id)
        ticket = await open_for(connection, ctx, cause, now, actor=actor.person_id)
        await count_change(connection)
    return Opened(ticket)
