"""Installing in the database: the homes somebody serves, tests that were heard, what was signed off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, audit_log, homes, people
from ingest.store.tickets.tables import flags
from models.flag import FlagKind

SIGNED_OFF = "home_signed_off"


@dataclass(frozen=True, slots=True)
class ServedHome:
    """A home as an installer knows it: where, not who."""

    home_id: str
    label: str
    area_path: str
    gateway_id: str | None
    way: str | None


@dataclass(frozen=True, slots=True)
class SignOff:
    """That somebody said a home's devices are in order; `lacking` are the steps that were not passed then."""

    home_id: str
    at: datetime
    by_name: str | None
    lacking: tuple[str, ...]
    note: str


async def served_homes(connection: AsyncConnection, scope: str) -> list[ServedHome]:
    """Return the homes of a subtree, by place and label."""
    query = _SERVED.where(areas.c.path.startswith(scope, autoescape=True))
    return [ServedHome(*row) for row in await connection.execute(query.order_by(areas.c.path, homes.c.label))]


async def served_home(connection: AsyncConnection, home_id: str, scope: str) -> ServedHome | None:
    """Return one home of a subtree."""
    query = _SERVED.where(areas.c.path.startswith(scope, autoescape=True), homes.c.home_id == home_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else ServedHome(*row)


async def last_test_of(connection: AsyncConnection, home_id: str) -> datetime | None:
    """Return when a test of a detector was last heard of from a home."""
    query = select(func.max(flags.c.at)).where(flags.c.home_id == home_id, flags.c.kind == FlagKind.TEST.value)
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def signed_off(connection: AsyncConnection, home_ids: Sequence[str]) -> dict[str, SignOff]:
    """Return the newest sign-off of each home that has one."""
    newest = select(func.max(audit_log.c.id)).where(audit_log.c.event == SIGNED_OFF).group_by(audit_log.c.subject)
    query = select(audit_log, people.c.name).outerjoin(people, people.c.person_id == audit_log.c.actor)
    wanted, found = set(home_ids), {}
    for row in await connection.execute(query.where(audit_log.c.id.in_(newest))):
        if row.subject in wanted:
            told = row.detail_json
            found[row.subject] = SignOff(row.subject, row.at, row.name, tuple(told["lacking"]), told["note"])
    return found


_SERVED = select(homes.c.home_id, homes.c.label, areas.c.path, homes.c.gateway_id, homes.c.way).join_from(
    homes, areas, areas.c.area_id == homes.c.area_id
)
