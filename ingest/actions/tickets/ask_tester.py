"""Ask the tester: what comes while somebody tests a detector is theirs to answer before anybody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.queue_notices import cancel_notices, queue_notices
from ingest.domain.base.people import MACHINE
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.lifecycle import decide
from ingest.domain.tickets.ticket import Event, EventDetail, Refused, Ticket
from ingest.store.base.database import Connection
from ingest.store.duty.responders import responder_by_id
from ingest.store.ledger.suppressions import PlannedTest
from ingest.store.tickets.tickets import save_ticket


async def ask_tester(
    connection: Connection, ctx: ActionContext, ticket: Ticket, test: PlannedTest, now: datetime
) -> Ticket:
    """Ask whoever tests before anybody else; when they do not answer in time, the plan is followed as always."""
    tester = await responder_by_id(connection, test.owner)
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
    said = {"person_id": tester.person_id, "test": test.test_id}
    saved = await save_ticket(connection, after, now, actor=None, event=Event.OFFER.value, detail=said)
    await queue_notices(connection, ctx, saved, [tester], Purpose.OFFERED, now=now)
    return saved
