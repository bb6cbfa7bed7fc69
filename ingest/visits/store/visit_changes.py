"""Changes of visits in the database: what was agreed, who goes, what was found, and what a plan adds and drops."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from ingest.store.base.database import Connection, upsert
from ingest.visits.domain.visit_note import Found, VisitNote
from ingest.visits.domain.visit_plan import Visit
from ingest.visits.store.tables import visit_months, visits

_AT_ONCE = 500


async def months_planned(connection: Connection, since: str) -> dict[tuple[str, str], datetime]:
    """Return (area, month) → when that was last planned, from a month on."""
    query = select(visit_months).where(visit_months.c.month >= since)
    return {(row.area_id, row.month): row.planned_at for row in await connection.execute(query)}


async def planned_at(connection: Connection, area_id: str, month: str, *, lock: bool = False) -> datetime | None:
    """Return when a district's month was last planned, None if never."""
    query = select(visit_months.c.planned_at)
    query = query.where(visit_months.c.area_id == area_id, visit_months.c.month == month)
    found: datetime | None = (await connection.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    return found


async def stamp_month(connection: Connection, area_id: str, month: str, now: datetime, *, is_first: bool) -> bool:
    """Write down that the month is planned; False where of two first planners the other has done so."""
    stamp = upsert(connection, visit_months).values(area_id=area_id, month=month, planned_at=now)
    key = ["area_id", "month"]
    if is_first:
        return (await connection.execute(stamp.on_conflict_do_nothing(index_elements=key))).rowcount == 1
    await connection.execute(stamp.on_conflict_do_update(index_elements=key, set_={"planned_at": now}))
    return True


async def add_visits(connection: Connection, added: Sequence[tuple[str, Visit]], month: str, now: datetime) -> None:
    """Write planned visits with their new ids."""
    rows = [
        {
            "visit_id": visit_id,
            "home_id": visit.home_id,
            "month": month,
            "due_on": visit.due_on.isoformat(),
            "planned_at": now,
            "tries": 0,
            **_people_and_reasons(visit),
        }
        for visit_id, visit in added
    ]
    if rows:
        await connection.execute(insert(visits), rows)


async def change_planned(connection: Connection, visit: Visit) -> None:
    """Write who goes and why, as planned anew, while the visit is not made; what is not agreed has no hour."""
    values: dict[str, object] = _people_and_reasons(visit)
    if not visit.agreed:
        values |= {"agreed_for": None, "agreed_by": None}
    loose = (visits.c.visit_id == visit.visit_id) & visits.c.done_at.is_(None)
    await connection.execute(update(visits).where(loose).values(values))


async def drop_planned(connection: Connection, visit_ids: Sequence[str]) -> None:
    """Take visits away that nobody has agreed on, tried or made."""
    untouched = visits.c.done_at.is_(None) & visits.c.agreed_for.is_(None) & (visits.c.tries == 0)
    for start in range(0, len(visit_ids), _AT_ONCE):
        some = visit_ids[start : start + _AT_ONCE]
        await connection.execute(delete(visits).where(visits.c.visit_id.in_(some), untouched))


async def set_agreed(connection: Connection, visit_id: str, when: datetime, by: str | None) -> None:
    """Write down for when a visit is agreed."""
    await _set(connection, visit_id, {"agreed_for": when, "agreed_by": by})


async def set_visitors(connection: Connection, visit_id: str, worker: str | None, volunteer: str | None) -> None:
    """Write down who goes."""
    await _set(connection, visit_id, {"worker": worker, "volunteer": volunteer})


async def set_tried(connection: Connection, visit_id: str, tries: int, at: datetime) -> None:
    """Write down that nobody opened: the hour is to be agreed on again."""
    await _set(connection, visit_id, {"tries": tries, "tried_at": at, "agreed_for": None, "agreed_by": None})


async def set_done(
    connection: Connection, visit_id: str, note: VisitNote, *, went: Collection[str], at: datetime, by: str | None
) -> None:
    """Write down what was found, who went and when they left."""
    values = {
        "done_at": at,
        "done_by": by,
        "went": sorted(went),
        "minutes": note.minutes,
        "seen_well": note.found is Found.WELL,
        "note_json": note.ticks(),
        "note_text": note.text,
    }
    await _set(connection, visit_id, values)


async def _set(connection: Connection, visit_id: str, values: Mapping[str, object]) -> None:
    await connection.execute(update(visits).where(visits.c.visit_id == visit_id).values(values))


def _people_and_reasons(visit: Visit) -> dict[str, object]:
    return {
        "worker": visit.worker,
        "volunteer": visit.volunteer,
        "points": visit.points,
        "reasons": [reason.value for reason in visit.reasons],
    }
