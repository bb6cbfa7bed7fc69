"""Silences and planned tests in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update

from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, homes, people
from ingest.store.ledger.tables import planned_tests, silences
from ingest.store.tickets.tables import episodes, flags


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


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test of a home's detector that goes on now, and who makes it."""

    test_id: str
    kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What holds at a home now: the kinds of flags that each silence is about, and the tests that go on."""

    silenced: tuple[tuple[str, ...], ...] = ()
    tests: tuple[PlannedTest, ...] = ()


async def suppressions_at(connection: Connection, home_ids: Sequence[str], now: datetime) -> dict[str, Suppressions]:
    """Return what holds at each of these homes; the tests are locked."""
    found = dict.fromkeys(home_ids, Suppressions())
    if not home_ids:
        return found
    for row in await connection.execute(_silences(home_ids, now)):
        before = found[row.home_id]
        found[row.home_id] = replace(before, silenced=(*before.silenced, tuple(row.kinds)))
    for row in await connection.execute(_tests(home_ids, now)):
        before = found[row.home_id]
        test = PlannedTest(row.test_id, row.kind, row.owner)
        found[row.home_id] = replace(before, tests=(*before.tests, test))
    return found


async def pass_tests(connection: Connection, test_ids: Sequence[str], now: datetime) -> None:
    """Write down that something came of these tests, where nothing had before."""
    if test_ids:
        waited = (planned_tests.c.test_id.in_(test_ids), planned_tests.c.passed_at.is_(None))
        await connection.execute(update(planned_tests).where(*waited).values(passed_at=now))


def _silences(home_ids: Sequence[str], now: datetime) -> Select[Any]:
    held = (silences.c.since <= now, silences.c.until > now, silences.c.ended_at.is_(None))
    return select(silences).where(silences.c.home_id.in_(home_ids), *held)


def _tests(home_ids: Sequence[str], now: datetime) -> Select[Any]:
    goes_on = (planned_tests.c.since <= now, planned_tests.c.until > now, planned_tests.c.settled_at.is_(None))
    query = select(planned_tests).where(planned_tests.c.home_id.in_(home_ids), *goes_on)
    return query.order_by(planned_tests.c.test_id).with_for_update()


async def add_silence(
    connection: Connection,
    silence_id: str,
    home_id: str,
    kinds: Sequence[str],
    *,
    owner: str | None,
    reason: str,
    since: datetime,
    until: datetime,
) -> None:
    """Write a silence of some kinds of flags at a home."""
    row = {"silence_id": silence_id, "home_id": home_id, "kinds": sorted(kinds), "owner": owner, "reason": reason}
    await connection.execute(insert(silences).values(**row, since=since, until=until))


async def silence_for_update(connection: Connection, silence_id: str) -> RowMapping | None:
    """Return a silence, locked."""
    query = select(silences).where(silences.c.silence_id == silence_id).with_for_update()
    return (await connection.execute(query)).mappings().one_or_none()


async def close_silence(connection: Connection, silence_id: str, now: datetime, *, by: str | None) -> None:
    """Write down that a silence has ended, and by whose hand if it was not over; one that has ended stays as it is."""
    goes_on = (silences.c.silence_id == silence_id, silences.c.ended_at.is_(None))
    await connection.execute(update(silences).where(*goes_on).values(ended_at=now, ended_by=by))


async def add_test(
    connection: Connection, test: PlannedTest, home_id: str, *, since: datetime, until: datetime
) -> None:
    """Write a planned test of a home's detector."""
    row = {"test_id": test.test_id, "home_id": home_id, "kind": test.kind, "owner": test.owner}
    await connection.execute(insert(planned_tests).values(**row, since=since, until=until))


async def settle_test(connection: Connection, test_id: str, now: datetime) -> None:
    """Write down that a test that is over was looked after."""
    await connection.execute(update(planned_tests).where(planned_tests.c.test_id == test_id).values(settled_at=now))


async def next_over(connection: Connection, now: datetime) -> RowMapping | None:
    """Return a silence that is over and not yet looked after, locked."""
    query = select(silences).where(silences.c.until <= now, silences.c.ended_at.is_(None)).order_by(silences.c.until)
    return (await connection.execute(query.limit(1).with_for_update(skip_locked=True))).mappings().one_or_none()


async def next_test_over(connection: Connection, now: datetime) -> RowMapping | None:
    """Return a planned test that is over and not yet settled, locked."""
    query = select(planned_tests).where(planned_tests.c.until <= now, planned_tests.c.settled_at.is_(None))
    query = query.order_by(planned_tests.c.until).limit(1)
    return (await connection.execute(query.with_for_update(skip_locked=True))).mappings().one_or_none()


async def anything_over(connection: Connection, now: datetime) -> bool:
    """Return whether a silence or a test is over; a look that holds nobody up."""
    over = select(silences.c.silence_id).where(silences.c.until <= now, silences.c.ended_at.is_(None)).limit(1)
    done = select(planned_tests.c.test_id).where(planned_tests.c.until <= now, planned_tests.c.settled_at.is_(None))
    if (await connection.execute(over)).first() is not None:
        return True
    return (await connection.execute(done.limit(1))).first() is not None


async def hidden_flags(connection: Connection, home_id: str, kinds: list[str]) -> list[RowMapping]:
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


async def give_ticket(connection: Connection, gateway_id: str, episode: str, ticket_id: str) -> None:
    """Let a situation and its flags belong to a ticket."""
    for table in (episodes, flags):
        await connection.execute(
            update(table)
            .where(table.c.gateway_id == gateway_id, table.c.episode == episode)
            .values(ticket_id=ticket_id)
        )


async def silences_in(connection: Connection, scope: str, now: datetime) -> list[QuietRow]:
    """Return the silences of a subtree that are not over, the soonest end first."""
    query = _in(silences, silences.c.owner, scope).where(silences.c.until > now, silences.c.ended_at.is_(None))
    return [
        QuietRow(row.silence_id, row.label, row.home_id, tuple(row.kinds), row.name, row.reason, row.since, row.until)
        for row in await connection.execute(query.order_by(silences.c.until))
    ]


async def tests_in(connection: Connection, scope: str, now: datetime) -> list[QuietRow]:
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
