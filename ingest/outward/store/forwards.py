"""Forwards in the database: an event of a ticket is written down for each centre that wants it, with the event itself.

Beside the history and in the same transaction, so that there is exactly one for each event, whatever fails later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.ticket import Ticket
from ingest.outward.domain.forwarding import Wants, wants
from ingest.outward.store.tables import forwarders, forwards
from ingest.store.base.database import upsert
from ingest.store.base.read_cache import recalled
from ingest.store.base.tables import areas, homes
from models.flag import Severity


async def queue_forwards(connection: AsyncConnection, ticket: Ticket, number: int, event: str, now: datetime) -> None:
    """Write the event down for every centre that wants it; the ticket as it stands after it."""
    there = await recalled(connection, ("forwarders",), lambda: _active(connection))
    if not there:
        return
    path = (await connection.execute(select(areas.c.path).where(areas.c.area_id == ticket.area_id))).scalar_one()
    names = [row.name for row in there if wants(_wants(row.wants_json), row.name, ticket, event, path)]
    if not names:
        return
    label = await connection.execute(select(homes.c.label).where(homes.c.home_id == ticket.home_id))
    content = _content(ticket, number, event, now, label.scalar_one_or_none() or ticket.subject or "")
    urgent = ticket.severity.rank >= Severity.URGENT.rank
    rows = [
        {
            "forwarder": name,
            "ticket_id": ticket.ticket_id,
            "number": number,
            "urgent": urgent,
            "content_json": content,
            "status": "pending",
            "not_before": now,
            "created_at": now,
        }
        for name in names
    ]
    await connection.execute(insert(forwards), rows)


async def _active(connection: AsyncConnection) -> Sequence[Row[str, Any]]:
    """Return name and wishes of the active ones."""
    query = select(forwarders.c.name, forwarders.c.wants_json).where(forwarders.c.active)
    return (await connection.execute(query.order_by(forwarders.c.name))).all()


async def set_forwarders(connection: AsyncConnection, wishes: Mapping[str, tuple[str, Wants]]) -> None:
    """Make the forwarders those of `wishes` (name → kind and what it wants); others are no longer active.

    What still waits for one that is not active stays where it is, and goes on when it comes back.
    """
    await connection.execute(update(forwarders).where(forwarders.c.name.not_in(list(wishes))).values(active=False))
    for name, (kind, wish) in wishes.items():
        values = {"kind": kind, "wants_json": _plain(wish), "active": True}
        statement = upsert(connection, forwarders).values({"name": name, **values})
        await connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


@dataclass(frozen=True, slots=True)
class CentreRow:
    """How a centre does; `waiting` events are still to come, `lost` were refused or given up."""

    name: str
    kind: str
    failing_since: datetime | None
    last_error: str | None
    last_done_at: datetime | None
    waiting: int
    lost: int


async def centres_now(connection: AsyncConnection) -> list[CentreRow]:
    """Return the active forwarders, by name."""

    def count(*states: str) -> ScalarSelect[int]:
        query = select(func.count()).where(forwards.c.forwarder == forwarders.c.name, forwards.c.status.in_(states))
        return query.correlate(forwarders).scalar_subquery()

    plain = [forwarders.c[name] for name in ("name", "kind", "failing_since", "last_error", "last_done_at")]
    waiting, lost = count("pending", "leased").label("waiting"), count("refused", "given_up").label("lost")
    query = select(*plain, waiting, lost).where(forwarders.c.active).order_by(forwarders.c.name)
    return [CentreRow(**row) for row in (await connection.execute(query)).mappings()]


async def forget_forwards(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete at most `limit` events that were done with before; return how many. The tickets' histories keep them."""
    old = select(forwards.c.id).where(forwards.c.done_at < before).order_by(forwards.c.id).limit(limit)
    return (await connection.execute(delete(forwards).where(forwards.c.id.in_(old)))).rowcount


def _content(ticket: Ticket, number: int, event: str, now: datetime, label: str) -> dict[str, Any]:
    return {
        "event": event,
        "number": number,
        "at": now.isoformat(),
        "ticket_id": ticket.ticket_id,
        "home_id": ticket.home_id,
        "label": label,
        "area_id": ticket.area_id,
        "kind": ticket.kind,
        "severity": ticket.severity.value,
        "status": ticket.status.value,
        "condition": ticket.condition.value,
        "outcome": None if ticket.outcome is None else ticket.outcome.value,
        "text_zh": ticket.text_zh,
        "text_en": ticket.text_en,
        "since": ticket.since.isoformat(),
        "opened_at": ticket.opened_at.isoformat(),
    }


def _plain(wish: Wants) -> dict[str, Any]:
    return {
        "events": sorted(wish.events),
        "kinds": sorted(wish.kinds),
        "severity_from": wish.severity_from.value,
        "area": wish.area,
    }


def _wants(plain: Mapping[str, Any]) -> Wants:
    return Wants(frozenset(plain["events"]), frozenset(plain["kinds"]), Severity(plain["severity_from"]), plain["area"])
