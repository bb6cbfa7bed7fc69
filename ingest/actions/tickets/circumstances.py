"""Circumstances: what is already known when a flag comes: a silence, a planned test, a cause that many homes share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.queue_notices import cancel_notices, queue_notices
from ingest.domain.base.people import MACHINE
from ingest.domain.duty.calling import Purpose
from ingest.domain.ledger.suppression import proves, silences
from ingest.domain.tickets.lifecycle import decide
from ingest.domain.tickets.ticket import Event, EventDetail, Refused, Ticket
from ingest.domain.tickets.triage import Triage
from ingest.store.base.database import upsert
from ingest.store.base.places import Home
from ingest.store.duty.responders import responder_by_id
from ingest.store.ledger.suppressions import holding_ticket, silences_of, tests_of
from ingest.store.ledger.tables import planned_tests
from ingest.store.tickets.tables import ticket_homes
from ingest.store.tickets.tickets import save_ticket, ticket_for_update
from models.flag import FlagEvent, FlagKind, Severity
from models.household.common_cause.common_cause import FOLDED
from models.wire.messages import FlagBody

_MOST_HOMES = 2000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds at the flag's home now."""

    silenced: bool = False
    test: RowMapping | None = None

    def weigh(self, what: Triage, flag: FlagBody) -> Triage:
        """Return what is to be done after all: a silence or a test keeps a ticket from being opened, never smoke."""
        if what is not Triage.OPEN or flag.severity is Severity.CRITICAL or flag.kind is FlagKind.SMOKE:
            return what
        return Triage.NOTHING if self.silenced or self.test is not None else what


async def circumstances_of(
    connection: AsyncConnection, home: Home | None, flag: FlagBody, now: datetime
) -> Circumstances:
    """Look up what holds; a planned test that waited for this flag has passed."""
    if home is None:
        return Circumstances()
    quiet = await silences_of(connection, home.home_id, now)
    silenced = any(silences(row["kinds"], flag.kind, flag.severity) for row in quiet)
    running = [row for row in await tests_of(connection, home.home_id, now) if proves(row["kind"], flag.kind)]
    if not running or flag.event is FlagEvent.CLEARED:
        return Circumstances(silenced)
    await connection.execute(
        update(planned_tests)
        .where(planned_tests.c.test_id.in_([row["test_id"] for row in running]), planned_tests.c.passed_at.is_(None))
        .values(passed_at=now)
    )
    return Circumstances(silenced, running[0])


async def shared_cause(connection: AsyncConnection, home: Home | None, flag: FlagBody) -> Ticket | None:
    """Return the ticket about the place that this flag belongs to, locked; smoke and silence always stand alone."""
    if home is None or flag.kind not in FOLDED:
        return None
    ticket_id = await holding_ticket(connection, home.home_id)
    return None if ticket_id is None else await ticket_for_update(connection, ticket_id)


async def hold_homes(connection: AsyncConnection, flag: FlagBody, ticket: Ticket | None) -> None:
    """Let a ticket about a place hold the homes that its flag names."""
    named = flag.facts.get("homes")
    if ticket is None or flag.kind is not FlagKind.COMMON_CAUSE or not isinstance(named, str):
        return
    for home_id in sorted(set(filter(None, named.split(","))))[:_MOST_HOMES]:
        statement = upsert(connection, ticket_homes).values(ticket_id=ticket.ticket_id, home_id=home_id)
        await connection.execute(statement.on_conflict_do_nothing(index_elements=["ticket_id", "home_id"]))


async def ask_tester(
    connection: AsyncConnection, ctx: ActionContext, ticket: Ticket, test: RowMapping, now: datetime
) -> Ticket:
    """Ask whoever tests before anybody else; when they do not answer in time, the plan is followed as always."""
    tester = await responder_by_id(connection, test["owner"])
    if tester is None or not tester.channels:
        return ticket
    detail = EventDetail(person_id=tester.person_id)
    # who does not answer an offer is followed by the next step: here that must be the one not yet asked
    steps, at = ticket.plan.steps, ticket.step
    waiting = replace(ticket, plan=replace(ticket.plan, steps=(*steps[: at + 1], *steps[at:])))
    after = decide(waiting, Event.OFFER, MACHINE, detail, now)
    if isinstance(after, Refused):
        return ticket
    await cancel_notices(connection, ticket.ticket_id, (Purpose.ASKED,))
    said = {"person_id": tester.person_id, "test": test["test_id"]}
    saved = await save_ticket(connection, after, now, actor=None, event=Event.OFFER.value, detail=said)
    await queue_notices(connection, ctx, saved, [tester], Purpose.OFFERED, now=now)
    return saved
