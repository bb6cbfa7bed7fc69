"""Local tellings in the database: whom a gateway told itself, by episode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert
from ingest.store.tickets.tables import local_tellings
from models.wire.messages import LocalTelling, ToldLocally


@dataclass(frozen=True, slots=True)
class LocallyTold:
    """What is known of one episode; times by the gateway's clock."""

    tellings: Sequence[LocalTelling] = ()
    accepted_by: str | None = None


async def local_tellings_of(connection: AsyncConnection, gateway_id: str, episode: str) -> LocallyTold:
    """Return what a gateway has told of an episode so far; nothing is an empty one."""
    query = select(local_tellings).where(local_tellings.c.gateway_id == gateway_id, local_tellings.c.episode == episode)
    row = (await connection.execute(query)).mappings().one_or_none()
    return LocallyTold() if row is None else _told(row)


async def put_local_tellings(connection: AsyncConnection, gateway_id: str, told: ToldLocally, now: datetime) -> None:
    """Keep what is newer of the two: a message holds all that was told so far."""
    values = {
        "gateway_id": gateway_id,
        "episode": told.episode,
        "tellings_json": [[one.way, one.person, int(one.at.timestamp() * 1000)] for one in told.tellings],
        "accepted_by": told.accepted_by or None,
        "accepted_at": told.accepted_at,
        "received_at": now,
    }
    changes = {name: value for name, value in values.items() if name not in ("gateway_id", "episode")}
    statement = upsert(connection, local_tellings).values(values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["gateway_id", "episode"], set_=changes))


async def forget_local_tellings(connection: AsyncConnection, before: datetime) -> int:
    """Drop what came before, and return how many; tickets keep it in their own history."""
    return (await connection.execute(delete(local_tellings).where(local_tellings.c.received_at < before))).rowcount


def _told(row: RowMapping) -> LocallyTold:
    tellings = [
        LocalTelling(way, person, datetime.fromtimestamp(ms / 1000, UTC)) for way, person, ms in row["tellings_json"]
    ]
    return LocallyTold(tellings, row["accepted_by"])
