"""Friendly visits in the database: what planning needs to know, the visits of a month, and who may be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from ingest.domain.base.people import Kind, Role
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, contacts, homes, people, residents, stations
from ingest.store.duty.tables import responder_areas, responders
from ingest.store.ledger.tables import home_states, seen_well
from ingest.store.tickets.tables import flags, tickets
from ingest.visits.domain.visit_pairs import Visitor, VisitPart
from ingest.visits.domain.visit_plan import DRIFT_KEPT, HomeFacts, Reason, Visit
from ingest.visits.store.tables import visits
from models.flag import FlagKind

_worker, _volunteer, _done_by = people.alias("worker"), people.alias("volunteer"), people.alias("done_by")
_TO_VISIT: dict[str, VisitPart] = {
    Role.SOCIAL_WORKER.value: VisitPart.WORKER,
    Role.VOLUNTEER.value: VisitPart.VOLUNTEER,
}


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as a list shows it; the note's words are read by `note_of` alone."""

    visit_id: str
    home_id: str
    home_label: str
    resident: str | None
    home_phone: str | None
    area_path: str
    month: str
    due_on: str
    points: int
    reasons: Sequence[str]
    worker: str | None
    worker_name: str | None
    volunteer: str | None
    volunteer_name: str | None
    agreed_for: datetime | None
    tries: int
    tried_at: datetime | None
    done_at: datetime | None
    done_by_name: str | None
    went: Sequence[str] | None
    minutes: int | None
    seen_well: bool | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What was written down of a visit."""

    visit_id: str
    done_at: datetime
    done_by_name: str
    minutes: int
    seen_well: bool
    ticks: Mapping[str, Any]
    text: str


def _in(scope: str) -> ColumnElement[bool]:
    return areas.c.path.startswith(scope, autoescape=True)


_VISITS: Select[*tuple[Any, ...]] = (
    select(
        visits,
        homes.c.label.label("home_label"),
        homes.c.resident,
        homes.c.phone.label("home_phone"),
        areas.c.path.label("area_path"),
        _worker.c.name.label("worker_name"),
        _volunteer.c.name.label("volunteer_name"),
        _done_by.c.name.label("done_by_name"),
    )
    .join_from(visits, homes, visits.c.home_id == homes.c.home_id)
    .join(areas, homes.c.area_id == areas.c.area_id)
    .outerjoin(_worker, visits.c.worker == _worker.c.person_id)
    .outerjoin(_volunteer, visits.c.volunteer == _volunteer.c.person_id)
    .outerjoin(_done_by, visits.c.done_by == _done_by.c.person_id)
    .order_by(visits.c.due_on, areas.c.path, homes.c.label, visits.c.visit_id)
)


async def visits_of_month(connection: Connection, scope: str, month: str) -> list[VisitRow]:
    """Return the subtree's visits of a month, by the day they are due."""
    return await _rows(connection, _VISITS.where(_in(scope), visits.c.month == month))


async def visits_of_person(connection: Connection, person_id: str, month: str) -> list[VisitRow]:
    """Return the visits of a month that somebody is to make, or has made."""
    theirs = or_(visits.c.worker == person_id, visits.c.volunteer == person_id, visits.c.done_by == person_id)
    return await _rows(connection, _VISITS.where(theirs, visits.c.month == month))


async def visit_by_id(connection: Connection, visit_id: str) -> VisitRow | None:
    """Return one visit."""
    found = await _rows(connection, _VISITS.where(visits.c.visit_id == visit_id))
    return found[0] if found else None


async def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[VisitRow]:
    rows = (await connection.execute(query)).mappings()
    return [VisitRow(**{name: row[name] for name in VisitRow.__dataclass_fields__}) for row in rows]


@dataclass(frozen=True, slots=True)
class VisitToKeep:
    """A visit as whoever changes it must know it."""

    visit_id: str
    home_id: str
    month: str
    worker: str | None
    volunteer: str | None
    tries: int
    done_at: datetime | None


async def visit_for_update(connection: Connection, visit_id: str) -> VisitToKeep | None:
    """Return a visit, locked until the transaction ends."""
    columns = [visits.c[name] for name in VisitToKeep.__dataclass_fields__]
    row = (await connection.execute(select(*columns).where(visits.c.visit_id == visit_id).with_for_update())).first()
    return None if row is None else VisitToKeep(*row)


async def notes_of(connection: Connection, home_id: str, limit: int = 6) -> list[NoteRow]:
    """Return the newest notes about a home. Health and home are in them: give them only to who visits there."""
    query = (
        select(visits, _done_by.c.name)
        .join_from(visits, _done_by, visits.c.done_by == _done_by.c.person_id)
        .where(visits.c.home_id == home_id, visits.c.done_at.is_not(None))
        .order_by(visits.c.done_at.desc())
        .limit(limit)
    )
    return [
        NoteRow(
            row.visit_id, row.done_at, row.name, row.minutes, row.seen_well, row.note_json or {}, row.note_text or ""
        )
        for row in await connection.execute(query)
    ]


async def standing_visits(connection: Connection, scope: str, month: str) -> list[Visit]:
    """Return the month's visits as planning sees them."""
    query = (
        select(visits)
        .join_from(visits, homes, visits.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
        .where(_in(scope), visits.c.month == month)
    )
    return [
        Visit(
            home_id=row.home_id,
            due_on=date.fromisoformat(row.due_on),
            worker=row.worker,
            volunteer=row.volunteer,
            visit_id=row.visit_id,
            agreed=row.agreed_for is not None,
            done=row.done_at is not None,
            reasons=tuple(Reason(word) for word in row.reasons if word in set(Reason)),
        )
        for row in await connection.execute(query)
    ]


async def who_visited(connection: Connection, scope: str, since: datetime) -> dict[str, frozenset[str]]:
    """Return who has visited each home since then."""
    query = (
        select(visits.c.home_id, visits.c.went)
        .join_from(visits, homes, visits.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
        .where(_in(scope), visits.c.done_at >= since)
    )
    known: dict[str, frozenset[str]] = {}
    for home_id, went in await connection.execute(query):
        known[home_id] = known.get(home_id, frozenset()) | frozenset(went or ())
    return known


async def visitors_in(connection: Connection, district: str) -> list[Visitor]:
    """Return everybody of a district who can visit: volunteers, and social workers with the station's staff."""
    query = (
        select(people.c.person_id, people.c.role, areas.c.path, responders.c.skills, responders.c.kind)
        .add_columns(stations.c.area_id.label("station_area"))
        .join_from(people, areas, people.c.area_id == areas.c.area_id)
        .outerjoin(responders, responders.c.person_id == people.c.person_id)
        .outerjoin(stations, stations.c.station_id == responders.c.station_id)
        .where(people.c.active, people.c.role.in_(_TO_VISIT), _in(district))
        .order_by(people.c.person_id)
    )
    paths = {row.area_id: row.path for row in await connection.execute(select(areas.c.area_id, areas.c.path))}
    serves: dict[str, list[str]] = {}
    for person_id, area_id in await connection.execute(select(responder_areas)):
        serves.setdefault(person_id, []).append(paths[area_id])
    found = []
    for row in await connection.execute(query):
        if row.kind in (Kind.ORGANISATION.value, Kind.INSTALLER.value):
            continue
        station = [paths[row.station_area]] if row.station_area else []
        places = (row.path, *station, *serves.get(row.person_id, ()))
        found.append(Visitor(row.person_id, _TO_VISIT[row.role], places, frozenset(row.skills or ())))
    return found


async def facts_of_homes(connection: Connection, scope: str, today: date, now: datetime) -> list[HomeFacts]:
    """Return what planning knows of every home of a subtree. Of health only whether there are notes, with consent."""
    query = select(homes.c.home_id, areas.c.path).join_from(homes, areas, homes.c.area_id == areas.c.area_id)
    rows = (await connection.execute(query.where(_in(scope)).order_by(homes.c.home_id))).all()
    living: dict[str, list[Any]] = {}
    for row in await connection.execute(
        select(
            residents.c.home_id,
            residents.c.born,
            residents.c.languages,
            residents.c.health_notes.is_not(None).label("has_notes"),
        )
    ):
        living.setdefault(row.home_id, []).append(row)
    called = set((await connection.execute(select(contacts.c.home_id).distinct())).scalars())
    drifting = await _drifting(connection, now)
    unwatched = select(home_states.c.home_id).where(home_states.c.watch == "blind")
    blind = set((await connection.execute(unwatched)).scalars())
    seen = await last_seen(connection, scope)
    return [
        HomeFacts(
            home_id=row.home_id,
            path=row.path,
            drift=row.home_id in drifting,
            unseen_days=(now - seen[row.home_id]).days if row.home_id in seen else None,
            age=max((today.year - one.born for one in living.get(row.home_id, ()) if one.born), default=None),
            alone=len(living.get(row.home_id, ())) <= 1,
            has_contact=row.home_id in called,
            health=any(one.has_notes for one in living.get(row.home_id, ())),
            blind=row.home_id in blind,
            languages=frozenset(tongue for one in living.get(row.home_id, ()) for tongue in one.languages or ()),
        )
        for row in rows
    ]


async def _drifting(connection: Connection, now: datetime) -> set[str]:
    """Return the homes whose habits were seen to change not long ago, or that have a wellbeing ticket open."""
    told = select(flags.c.home_id).where(
        flags.c.kind == FlagKind.WELLBEING.value, flags.c.event != "cleared", flags.c.received_at >= now - DRIFT_KEPT
    )
    live = select(tickets.c.home_id).where(tickets.c.kind == FlagKind.WELLBEING.value, tickets.c.status != "closed")
    return {*(await connection.execute(told)).scalars(), *(await connection.execute(live)).scalars()} - {None}


async def last_seen(connection: Connection, scope: str) -> dict[str, datetime]:
    """Return when somebody last saw or spoke to each home's resident: visiting, at a ticket's door, or noted well."""
    here = select(homes.c.home_id).join(areas, homes.c.area_id == areas.c.area_id).where(_in(scope))
    ways = (
        select(seen_well.c.home_id, func.max(seen_well.c.at)).group_by(seen_well.c.home_id),
        select(visits.c.home_id, func.max(visits.c.done_at)).group_by(visits.c.home_id),
        select(tickets.c.home_id, func.max(tickets.c.arrived_at)).group_by(tickets.c.home_id),
    )
    wanted = set((await connection.execute(here)).scalars())
    found: dict[str, datetime] = {}
    for query in ways:
        for home_id, at in await connection.execute(query):
            if at is not None and home_id in wanted:
                found[home_id] = max(at, found.get(home_id, at))
    return found


async def visits_since(connection: Connection, home_id: str, since: datetime) -> int:
    """Return how many visits to a home were made since then."""
    query = select(func.count()).select_from(visits).where(visits.c.home_id == home_id, visits.c.done_at > since)
    return int((await connection.execute(query)).scalar_one())
