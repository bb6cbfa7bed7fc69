"""How each home stands, as its gateway told it last: watched, away or blind, the last sign of life, the silence budget.

A home that a gateway no longer speaks of keeps its last row: `at` says how old it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert
from ingest.store.base.tables import areas, homes
from ingest.store.ledger.tables import home_states
from models.wire.codec import is_plausible
from models.wire.messages import HomeWatchState


class Watch(StrEnum):
    """How well a home is watched."""

    WATCHED = "watched"
    AWAY = "away"
    """The ledger says that nobody is in, so nothing is judged."""
    BLIND = "blind"
    """Nothing is left that could show whether the resident is well."""


@dataclass(frozen=True, slots=True)
class HomeStatus:
    """The newest word about a home; times are aware UTC, `at` ours and all others the gateway's."""

    home_id: str
    home_label: str
    area_path: str
    gateway_id: str
    watch: Watch
    last_sign_at: datetime | None
    noticed_by: datetime | None
    """Had the resident fallen at `sent_at`, it would be noticed by then; None while nothing is judged."""
    blind_since: datetime | None
    sent_at: datetime
    at: datetime


async def note_states(
    connection: AsyncConnection,
    gateway_id: str,
    told: Iterable[HomeWatchState],
    sent_at: datetime,
    now: datetime,
) -> None:
    """Keep what a gateway says of its homes, unless something newer of it is known.

    Homes of another gateway and times that no clock ever showed are left out: a home of which nothing new is kept
    grows old on the board, which is what it should do.
    """
    states = {one.home: one for one in told if _can_be_kept(one)}
    if not states:
        return
    own = select(homes.c.home_id).where(homes.c.gateway_id == gateway_id).order_by(homes.c.home_id)
    rows = [
        {
            "home_id": home_id,
            "gateway_id": gateway_id,
            "watch": watch_of(states[home_id]).value,
            # what a gateway has seen, it has seen before now, whatever its clock said
            "last_sign_at": _not_after(states[home_id].last_sign, now),
            "noticed_by": states[home_id].notice_by,
            "blind_since": _not_after(states[home_id].blind_since, now),
            "sent_at": sent_at,
            "at": now,
        }
        for home_id in (await connection.execute(own)).scalars()
        if home_id in states
    ]
    if not rows:
        return
    statement = upsert(connection, home_states)
    names = [name for name in rows[0] if name != "home_id"]
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["home_id"],
            set_={name: statement.excluded[name] for name in names},
            where=home_states.c.sent_at <= statement.excluded.sent_at,
        ),
        rows,
    )


def watch_of(state: HomeWatchState) -> Watch:
    """Return how a home is watched that tells this of itself."""
    return Watch.BLIND if state.blind else Watch.AWAY if state.away else Watch.WATCHED


async def standings_in(connection: AsyncConnection, scope: str) -> list[HomeStatus]:
    """Return how the homes of a subtree stand, by label; homes of which nothing was ever told are not among them."""
    query = _standings().where(areas.c.path.startswith(scope, autoescape=True))
    query = query.order_by(homes.c.label, homes.c.home_id)
    return [_standing(row._asdict()) for row in await connection.execute(query)]


async def home_status_of(connection: AsyncConnection, home_id: str) -> HomeStatus | None:
    """Return how one home stands, None if nothing was ever told of it."""
    row = (await connection.execute(_standings().where(home_states.c.home_id == home_id))).one_or_none()
    return None if row is None else _standing(row._asdict())


def _standings() -> Select[tuple[object, ...]]:
    return (
        select(home_states, homes.c.label.label("home_label"), areas.c.path.label("area_path"))
        .join_from(home_states, homes, home_states.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
    )


def _standing(row: dict[str, object]) -> HomeStatus:
    row["watch"] = Watch(str(row["watch"]))
    return HomeStatus(**row)  # type: ignore[arg-type]


def _not_after(at: datetime | None, now: datetime) -> datetime | None:
    return None if at is None else min(at, now)


def _can_be_kept(state: HomeWatchState) -> bool:
    times = (state.last_sign, state.notice_by, state.blind_since)
    return all(at is None or (at.tzinfo is not None and is_plausible(at)) for at in times)
