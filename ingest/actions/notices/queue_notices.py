"""Tell: write the notices that a decision asks for, in the decision's own transaction. Sends nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_notice_id
from ingest.actions.base.links import make_link
from ingest.actions.notices.wording import words_for_home, words_of
from ingest.channels.contract import PUSH
from ingest.domain.base.people import Kind
from ingest.domain.duty.calling import Purpose, Responder
from ingest.domain.notices.delivery import is_urgent, waits_for_morning
from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id
from ingest.store.notices.queue import cancel_waiting, put_notice

BESIDE = -1
"""The position of browsers: before a person's own channels, which count from 0."""


async def queue_notices(
    connection: Connection,
    ctx: ActionContext,
    ticket: Ticket,
    people: Sequence[Responder],
    purpose: Purpose,
    *,
    now: datetime,
    wait_s: int = 0,
    news: str = "",
) -> None:
    """Write one notice to each of `people`, over their first channel, keyed by ticket, version and person.

    Low severities wait for the end of the plan's quiet hours, unless the desk has just asked somebody by name.
    `news` is what watchers are told, by the history's word.
    """
    label = await label_of(connection, ticket)
    for person in people:
        await write_notice(connection, ctx, ticket, person, purpose, now=now, label=label, wait_s=wait_s, news=news)


async def write_notice(
    connection: Connection,
    ctx: ActionContext,
    ticket: Ticket,
    person: Responder,
    purpose: Purpose,
    *,
    now: datetime,
    label: str,
    wait_s: int = 0,
    news: str = "",
) -> None:
    """Write the notice for one person's first channel; nothing for somebody without a channel.

    A browser that may ring is told as well, and where nothing is urgent first: the channel follows when no browser has
    shown the message.
    """
    if not person.reachable:
        return
    link = None
    if person.kind in (Kind.RESIDENT, Kind.CONTACT):
        title, words = words_for_home(ticket, person.kind, label, person.language)
    else:
        link = make_link(ctx.keys, ctx.public_url, ticket.ticket_id, person.person_id, now)
        title, words = words_of(ticket, purpose, label, person.language, link, news=news)
    begin = ticket.plan.asks_from(ticket.severity, now) if waits_for_morning(purpose) else now
    row = {
        "ticket_id": ticket.ticket_id,
        "person_id": person.person_id,
        "purpose": purpose.value,
        "title": title,
        "text": words,
        "link": link,
        "language": person.language,
        "urgent": is_urgent(ticket, purpose),
        "status": "pending",
        "not_before": begin + timedelta(seconds=wait_s),
        "attempts": 0,
        "created_at": now,
    }
    ways = [(0, *person.channels[0])] if person.channels else []
    if person.pushes:
        browsers = (BESIDE, PUSH, person.person_id)
        ways = [browsers, *ways] if row["urgent"] else [browsers]
    for position, channel, address in ways:
        way = {"notice_id": new_notice_id(), "position": position, "channel": channel, "address": address}
        key = f"{ticket.ticket_id}.{ticket.version}.{person.person_id}.{position}"
        await put_notice(connection, {**row, **way, "idem_key": key})


async def cancel_notices(
    connection: Connection, ticket_id: str, purposes: Sequence[Purpose], *, person_id: str | None = None
) -> None:
    """Cancel notices that wait and are no longer true; one that is being sent just now is not called back."""
    await cancel_waiting(connection, ticket_id, purposes, person_id)


async def label_of(connection: Connection, ticket: Ticket) -> str:
    """Return what the ticket's place is called: the home's label, or the name that stands for it."""
    home = await home_by_id(connection, ticket.home_id) if ticket.home_id else None
    return home.label if home else (ticket.subject or ticket.gateway_id or "")
