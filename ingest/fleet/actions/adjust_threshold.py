"""Move a line: what became of a ticket about a silence moves the line of its home, and the gateway is told."""

from __future__ import annotations

from datetime import datetime

from ingest.domain.tickets.ticket import Status, Ticket
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.fleet.domain.silence_threshold import RULES, label_of, moved, words_of
from ingest.fleet.store.tables import settings_mail
from ingest.fleet.store.thresholds import labels_of, put_move, scale_of
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id
from ingest.store.ledger.gateway_messages import mark
from ingest.store.tickets.tickets import save_ticket


async def adjust_threshold(connection: Connection, ticket: Ticket, now: datetime) -> Ticket:
    """Let a ticket that has just been resolved move its home's line, within bounds; return the ticket as it is then.

    The move stands in the ticket's history, in words, and among the home's moves.
    """
    if ticket.home_id is None or ticket.kind not in RULES or ticket.status is not Status.RESOLVED:
        return ticket
    if ticket.outcome is None or label_of(ticket.outcome, ticket.cause) is None:
        return ticket
    home = await home_by_id(connection, ticket.home_id)
    labels = await labels_of(connection, ticket.home_id, ticket.kind, now)
    move = moved(await scale_of(connection, ticket.home_id, ticket.kind), labels)
    if move is None:
        return ticket
    await put_move(connection, move, now, home_id=ticket.home_id, rule=ticket.kind, ticket_id=ticket.ticket_id)
    if home is not None and home.gateway_id is not None:
        await mark(connection, settings_mail, home.gateway_id, now)
    detail = {"before": move.before, "after": move.after, **words_of(move)}
    return await save_ticket(connection, ticket, now, actor=None, event=NoteKind.LINE_MOVED.value, detail=detail)
