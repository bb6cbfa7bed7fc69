"""Joinable tickets in the database: those that flags of one transaction may join, looked up for many flags at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select, tuple_

from ingest.domain.incoming.joining import HomeAndKind, Joinable
from ingest.domain.tickets.relation import Relation
from ingest.domain.tickets.ticket import AT_WORK, GATEWAY_SILENT
from ingest.store.base.database import Connection, upsert
from ingest.store.base.tables import homes
from ingest.store.tickets.tables import ticket_homes, ticket_relations, tickets
from ingest.store.tickets.tickets import tickets_for_update
from models.flag import FlagKind
from models.household.common_cause.common_cause import FOLDED


async def joinable_tickets(
    connection: Connection,
    *,
    own: Collection[str] = (),
    places: Collection[HomeAndKind] = (),
    gateways: Collection[str] = (),
) -> Joinable:
    """Return the tickets that flags of these kinds about these homes may join, with those of `own`, all locked.

    `gateways` are those that speak of homes that are not known.
    """
    board = Joinable(
        similar=await _similar(connection, places),
        merged=await _merged_into(connection, places),
        holding=await _holding(connection, {home_id for home_id, kind in places if kind in FOLDED}),
        strangers=await _strangers(connection, gateways),
    )
    ids = {*own, *board.similar.values(), *board.merged.values(), *board.holding.values()}
    ids.update(ticket_id for some in board.strangers.values() for ticket_id in some)
    board.tickets = await tickets_for_update(connection, ids)
    return board


async def _similar(connection: Connection, places: Collection[HomeAndKind]) -> dict[HomeAndKind, str]:
    """Return the newest ticket at work of each kind at each home."""
    if not places:
        return {}
    query = (
        select(tickets.c.home_id, tickets.c.kind, tickets.c.ticket_id)
        .where(tuple_(tickets.c.home_id, tickets.c.kind).in_(sorted(places)), tickets.c.status.in_(sorted(AT_WORK)))
        .order_by(tickets.c.opened_at)
    )
    return {(row.home_id, row.kind): row.ticket_id for row in await connection.execute(query)}


async def _merged_into(connection: Connection, places: Collection[HomeAndKind]) -> dict[HomeAndKind, str]:
    """Return the ticket at work that takes a home's flags of a kind since another was merged into it."""
    if not places:
        return {}
    merged = tickets.alias("merged")
    query = (
        select(merged.c.home_id, merged.c.kind, tickets.c.ticket_id)
        .join_from(ticket_relations, merged, merged.c.ticket_id == ticket_relations.c.ticket_id)
        .join(tickets, tickets.c.ticket_id == ticket_relations.c.other_id)
        .where(
            ticket_relations.c.kind == Relation.MERGED.value,
            tuple_(merged.c.home_id, merged.c.kind).in_(sorted(places)),
            tickets.c.status.in_(sorted(AT_WORK)),
        )
        .order_by(tickets.c.opened_at)
    )
    return {(row.home_id, row.kind): row.ticket_id for row in await connection.execute(query)}


async def _holding(connection: Connection, home_ids: Collection[str]) -> dict[str, str]:
    """Return the newest ticket at work about a place that holds each home.

    A gateway holds its own homes alone, whatever names it lists: it must not keep another's alarms out of sight.
    """
    if not home_ids:
        return {}
    query = (
        select(ticket_homes.c.home_id, tickets.c.ticket_id)
        .join_from(ticket_homes, tickets, ticket_homes.c.ticket_id == tickets.c.ticket_id)
        .join(homes, (homes.c.home_id == ticket_homes.c.home_id) & (homes.c.gateway_id == tickets.c.gateway_id))
        .where(
            ticket_homes.c.home_id.in_(sorted(home_ids)),
            tickets.c.kind == FlagKind.COMMON_CAUSE.value,
            tickets.c.status.in_(sorted(AT_WORK)),
        )
        .order_by(tickets.c.opened_at)
    )
    return {row.home_id: row.ticket_id for row in await connection.execute(query)}


async def _strangers(connection: Connection, gateways: Collection[str]) -> dict[str, list[str]]:
    """Return the tickets at work about homes that are not known, by gateway, the newest first."""
    found: dict[str, list[str]] = {}
    if not gateways:
        return found
    query = (
        select(tickets.c.gateway_id, tickets.c.ticket_id)
        .where(
            tickets.c.gateway_id.in_(sorted(gateways)),
            tickets.c.home_id.is_(None),
            tickets.c.kind != GATEWAY_SILENT,
            tickets.c.status.in_(sorted(AT_WORK)),
        )
        .order_by(tickets.c.opened_at.desc(), tickets.c.ticket_id)
    )
    for row in await connection.execute(query):
        found.setdefault(row.gateway_id, []).append(row.ticket_id)
    return found


async def hold_homes(connection: Connection, ticket_id: str, home_ids: Iterable[str]) -> None:
    """Let a ticket about a place hold homes."""
    rows = [{"ticket_id": ticket_id, "home_id": home_id} for home_id in home_ids]
    if rows:
        statement = upsert(connection, ticket_homes).values(rows)
        await connection.execute(statement.on_conflict_do_nothing(index_elements=["ticket_id", "home_id"]))
