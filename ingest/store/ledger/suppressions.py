"""Silences and planned tests in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.ticket import AT_WORK
from ingest.store.base.read_cache import keep, recalled
from ingest.store.base.tables import areas, homes, people
from ingest.store.ledger.tables import planned_tests, silences
from ingest.store.tickets.tables import episodes, flags, ticket_homes, tickets
from models.flag import FlagKind


@dataclass(frozen=True, slots=True)
class QuietRow:
    """A silence or a planned test as a page shows it; a test has one kind and no reason."""

    entry_id: str
    home_label: str
    home_id: str
    kinds: tuple[str, ...]
    owner_name: str
    reason: str
    since: datetime
    until: datetime
    passed_at: datetime | None = None


async def cache_suppressions(connection: AsyncConnection, home_ids: Sequence[str], now: datetime) -> None:
    """Read the silences and tests of many homes at once, for a transaction that recalls."""
    if not home_ids:
        return
    for name, query in (("silences", _silences(home_ids, now)), ("tests", _tests(home_ids, now))):
        found: dict[str, list[RowMapping]] = {home_id: [] for home_id in home_ids}
        for row in (await connection.execute(query)).mappings():
            found[row["home_id"]].append(row)
        for home_id, rows in found.items():
            keep(connection, (name, home_id), rows)


async def silences_of(connection: AsyncConnection, home_id: str, now: datetime) -> list[RowMapping]:
    """Return the silences that hold at a home now."""

    async def read() -> list[RowMapping]:
        return list((await connection.execute(_silences([home_id], now))).mappings())

    return await recalled(connection, ("silences", home_id), read)


async def tests_of(connection: AsyncConnection, home_id: str, now: datetime) -> list[RowMapping]:
    """Return the planned tests that go on at a home now, locked."""

    async def read() -> list[RowMapping]:
        return list((await connection.execute(_tests([home_id], now))).mappings())

    return await recalled(connection, ("tests", home_id), read)


def _silences(home_ids: Sequence[str], now: datetime) -> Select[Any]:
    held = (silences.c.since <= now, silences.c.until > now, silences.c.ended_at.is_(None))
    return select(silences).where(silences.c.home_id.in_(home_ids), *held)


def _tests(home_ids: Sequence[str], now: datetime) -> Select[Any]:
    goes_on = (planned_tests.c.since <= now, planned_tests.c.until > now, planned_tests.c.settled_at.is_(None))
    query = select(planned_tests).where(planned_tests.c.home_id.in_(home_ids), *goes_on)
    return query.order_by(planned_tests.c.test_id).with_for_update()


async def next_over(connection: AsyncConnection, now: datetime) -> RowMapping | None:
    """Return a silence that is over and not yet looked after, locked."""
    query = select(silences).where(silences.c.until <= now, silences.c.ended_at.is_(None)).order_by(silences.c.until)
    return (await connection.execute(query.limit(1).with_for_update(skip_locked=True))).mappings().one_or_none()


async def next_test_over(connection: AsyncConnection, now: datetime) -> RowMapping | None:
    """Return a planned test that is over and not yet settled, locked."""
    query = select(planned_tests).where(planned_tests.c.until <= now, planned_tests.c.settled_at.is_(None))
    query = query.order_by(planned_tests.c.until).limit(1)
    return (await connection.execute(query.with_for_update(skip_locked=True))).mappings().one_or_none()


async def anything_over(connection: AsyncConnection, now: datetime) -> bool:
    """Return whether a silence or a test is over; a look that holds nobody up."""
    over = select(silences.c.silence_id).where(silences.c.until <= now, silences.c.ended_at.is_(None)).limit(1)
    done = select(planned_tests.c.test_id).where(planned_tests.c.until <= now, planned_tests.c.settled_at.is_(None))
    if (await connection.execute(over)).first() is not None:
        return True
    return (await connection.execute(done.limit(1))).first() is not None


async def hidden_flags(connection: AsyncConnection, home_id: str, kinds: list[str]) -> list[RowMapping]:
    """Return the newest flag of every situation at a home that goes on and has no ticket, episodes locked."""
    query = (
        select(flags)
        .join_from(
            flags, episodes, (flags.c.gateway_id == episodes.c.gateway_id) & (flags.c.episode == episodes.c.episode)
        )
        .where(flags.c.home_id == home_id, flags.c.kind.in_(kinds))
        .where(episodes.c.cleared.is_(False), episodes.c.ticket_id.is_(None))
        .order_by(flags.c.gateway_id, flags.c.episode, flags.c.number)
        .with_for_update(of=episodes)
    )
    newest = {(row["gateway_id"], row["episode"]): row for row in (await connection.execute(query)).mappings()}
    return list(newest.values())


async def give_ticket(connection: AsyncConnection, gateway_id: str, episode: str, ticket_id: str) -> None:
    """Let a situation and its flags belong to a ticket."""
    for table in (episodes, flags):
        await connection.execute(
            update(table)
            .where(table.c.gateway_id == gateway_id, table.c.episode == episode)
            .values(ticket_id=ticket_id)
        )


async def holding_ticket(connection: AsyncConnection, home_id: str) -> str | None:
    """Return the newest ticket about a place that holds this home and is still worked on.

    A gateway holds its own homes alone, whatever names it lists: it must not keep another's alarms out of sight.
    """
    query = (
        select(tickets.c.ticket_id)
        .join_from(ticket_homes, tickets, ticket_homes.c.ticket_id == tickets.c.ticket_id)
        .join(homes, (homes.c.home_id == ticket_homes.c.home_id) & (homes.c.gateway_id == tickets.c.gateway_id))
        .where(
            ticket_homes.c.home_id == home_id,
            tickets.c.kind == FlagKind.COMMON_CAUSE.value,
            tickets.c.status.in_(sorted(AT_WORK)),
        )
        .order_by(tickets.c.opened_at.desc())
        .limit(1)
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def silences_in(connection: AsyncConnection, scope: str, now: datetime) -> list[QuietRow]:
    """Return the silences of a subtree that are not over, the soonest end first."""
    query = _in(silences, silences.c.owner, scope).where(silences.c.until > now, silences.c.ended_at.is_(None))
    return [
        QuietRow(row.silence_id, row.label, row.home_id, tuple(row.kinds), row.name, row.reason, row.since, row.until)
        for row in await connection.execute(query.order_by(silences.c.until))
    ]


async def tests_in(connection: AsyncConnection, scope: str, now: datetime) -> list[QuietRow]:
    """Return the planned tests of a subtree that are not settled, the soonest first."""
    query = _in(planned_tests, planned_tests.c.owner, scope).where(planned_tests.c.settled_at.is_(None))
    return [
        QuietRow(row.test_id, row.label, row.home_id, (row.kind,), row.name, "", row.since, row.until, row.passed_at)
        for row in await connection.execute(query.order_by(planned_tests.c.since))
    ]


def _in(table: Any, owner: Any, scope: str) -> Select[Any]:
    return (
        select(table, homes.c.label, people.c.name)
        .join_from(table, homes, table.c.home_id == homes.c.home_id)
        .join(areas, areas.c.area_id == homes.c.area_id)
        .join(people, people.c.person_id == owner)
        .where(areas.c.path.startswith(scope, autoescape=True))
    )
