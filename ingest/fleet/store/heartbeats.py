"""The newest heartbeat of each gateway in the database: when it was heard, when it must be again, what it said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, or_, update

from ingest.store.base.columns import Instant
from ingest.store.base.database import Connection
from ingest.store.base.tables import gateways


async def put_heartbeat(
    connection: Connection, gateway_id: str, *, heard_at: datetime, due_at: datetime, sends_test_alarms: bool
) -> None:
    """Note that a gateway lives, and since when it says that it sends test alarms."""
    since = func.coalesce(gateways.c.canary_since, literal(heard_at, Instant())) if sends_test_alarms else None
    await connection.execute(
        update(gateways)
        .where(gateways.c.gateway_id == gateway_id)
        .values(last_heartbeat_at=heard_at, heartbeat_due_at=due_at, canary_since=since)
    )


async def put_health(connection: Connection, gateway_id: str, sent_at: datetime, health: dict[str, Any]) -> None:
    """Keep what a gateway says of itself, unless it is older (by the gateway's own clock) than what is known."""
    older = or_(gateways.c.heartbeat_sent_at.is_(None), gateways.c.heartbeat_sent_at <= sent_at)
    await connection.execute(
        update(gateways)
        .where(gateways.c.gateway_id == gateway_id, older)
        .values(heartbeat_sent_at=sent_at, heartbeat_json=health)
    )
