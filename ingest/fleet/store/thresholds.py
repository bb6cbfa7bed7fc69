"""Lines moved by outcomes, in the database: what was learned of each home, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from ingest.domain.tickets.ticket import Cause, Outcome, Status
from ingest.fleet.domain.silence_threshold import REMEMBERED, Label, Move, label_of
from ingest.fleet.store.tables import line_moves
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, homes
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind
from models.wire.messages import HomeTuning


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move of a home's line, as a page shows it."""

    rule: str
    at: datetime
    before: float
    after: float
    needed: int
    needless: int
    ticket_id: str | None


async def labels_of(connection: Connection, home_id: str, rule: str, now: datetime) -> list[Label]:
    """Return what the outcomes of a home's tickets of a kind say, oldest first, as far back as they count."""
    query = (
        select(tickets.c.outcome, tickets.c.cause)
        .where(
            tickets.c.home_id == home_id,
            tickets.c.kind == rule,
            tickets.c.status.in_((Status.RESOLVED.value, Status.CLOSED.value)),
            tickets.c.outcome.is_not(None),
            tickets.c.resolved_at > now - REMEMBERED,
        )
        .order_by(tickets.c.resolved_at, tickets.c.ticket_id)
    )
    said = [
        label_of(Outcome(outcome), None if cause is None else Cause(cause))
        for outcome, cause in await connection.execute(query)
    ]
    return [label for label in said if label is not None]


async def scale_of(connection: Connection, home_id: str, rule: str) -> float:
    """Return how a home's line stands; 1 where nothing was learned."""
    query = select(line_moves.c.after).where(line_moves.c.home_id == home_id, line_moves.c.rule == rule)
    found = (await connection.execute(query.order_by(line_moves.c.id.desc()).limit(1))).scalar_one_or_none()
    return 1.0 if found is None else float(found)


async def scales_of(connection: Connection, home_ids: Sequence[str]) -> dict[str, float]:
    """Return how the lines of silences stand in these homes, where they were ever moved."""
    newest = select(func.max(line_moves.c.id)).where(line_moves.c.rule == FlagKind.INACTIVITY.value)
    newest = newest.group_by(line_moves.c.home_id)
    query = select(line_moves.c.home_id, line_moves.c.after).where(line_moves.c.id.in_(newest))
    wanted = set(home_ids)
    rows = await connection.execute(query)
    return {row.home_id: float(row.after) for row in rows if row.home_id in wanted}


async def put_move(
    connection: Connection, move: Move, now: datetime, *, home_id: str, rule: str, ticket_id: str | None
) -> None:
    """Write a move down; without a ticket it was somebody's decision."""
    await connection.execute(
        insert(line_moves).values(
            home_id=home_id,
            rule=rule,
            at=now,
            before=move.before,
            after=move.after,
            needed=move.needed,
            needless=move.needless,
            ticket_id=ticket_id,
        )
    )


async def moves_of(connection: Connection, home_id: str, *, limit: int = 50) -> list[MoveRow]:
    """Return how a home's lines have moved, newest first."""
    names = [line_moves.c[name] for name in MoveRow.__dataclass_fields__]
    query = select(*names).where(line_moves.c.home_id == home_id).order_by(line_moves.c.id.desc()).limit(limit)
    return [MoveRow(*row) for row in await connection.execute(query)]


async def tunings_of(connection: Connection, gateway_id: str) -> Sequence[HomeTuning]:
    """Return what was learned of a gateway's homes, in the order of their names; what stands at 1 is not among it."""
    newest = (
        select(func.max(line_moves.c.id))
        .join_from(line_moves, homes, line_moves.c.home_id == homes.c.home_id)
        .where(homes.c.gateway_id == gateway_id, line_moves.c.rule == FlagKind.INACTIVITY.value)
        .group_by(line_moves.c.home_id)
    )
    query = select(line_moves.c.home_id, line_moves.c.after).where(line_moves.c.id.in_(newest))
    rows = await connection.execute(query.order_by(line_moves.c.home_id))
    return [HomeTuning(home_id, after) for home_id, after in rows if after != 1.0]


async def newest_moves(connection: Connection, rule: str, since: datetime) -> dict[str, MoveRow]:
    """Return the newest move of each home's line since a time, by home."""
    names = [line_moves.c[name] for name in MoveRow.__dataclass_fields__]
    query = select(line_moves.c.home_id, *names).where(line_moves.c.at >= since, line_moves.c.rule == rule)
    return {row[0]: MoveRow(*row[1:]) for row in await connection.execute(query.order_by(line_moves.c.id))}


async def gateways_of_homes(connection: Connection, scope: str) -> dict[str, str | None]:
    """Return the homes of a subtree with their gateways."""
    query = select(homes.c.home_id, homes.c.gateway_id).join_from(homes, areas, areas.c.area_id == homes.c.area_id)
    rows = await connection.execute(query.where(areas.c.path.startswith(scope, autoescape=True)))
    return {row.home_id: row.gateway_id for row in rows}
