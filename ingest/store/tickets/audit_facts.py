"""What the audit looks at in the database: deadlines of live tickets, and gateways that must be heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, update

from ingest.domain.tickets.ticket import Status
from ingest.store.base.database import Connection
from ingest.store.base.tables import gateways, homes
from ingest.store.tickets.tables import tickets


async def without_deadline(connection: Connection) -> list[str]:
    """Return the live tickets that have no deadline."""
    nothing = or_(tickets.c.due_at.is_(None), tickets.c.due_kind.is_(None))
    query = select(tickets.c.ticket_id).where(tickets.c.status != Status.CLOSED.value, nothing)
    return list((await connection.execute(query.order_by(tickets.c.ticket_id))).scalars())


async def due_before(connection: Connection, when: datetime) -> list[str]:
    """Return the live tickets whose deadline was over before."""
    query = select(tickets.c.ticket_id).where(tickets.c.status != Status.CLOSED.value, tickets.c.due_at < when)
    return list((await connection.execute(query.order_by(tickets.c.ticket_id))).scalars())


async def await_first_heartbeats(connection: Connection, due_at: datetime) -> None:
    """Give gateways that never sent a heartbeat, and that homes rely on, a deadline for the first one."""
    relied_on = exists().where(homes.c.gateway_id == gateways.c.gateway_id)
    await connection.execute(
        update(gateways)
        .where(gateways.c.heartbeat_due_at.is_(None), gateways.c.last_heartbeat_at.is_(None), relied_on)
        .values(heartbeat_due_at=due_at)
    )


@dataclass(frozen=True, slots=True)
class SilentGateway:
    """A gateway whose heartbeat has not come; `last` None: none ever came."""

    gateway_id: str
    area_id: str
    last: datetime | None
    due_at: datetime


async def silent_gateways(connection: Connection, now: datetime) -> list[SilentGateway]:
    """Return the gateways whose deadline is over, locked; what another worker holds is passed over."""
    query = select(gateways.c.gateway_id, gateways.c.area_id, gateways.c.last_heartbeat_at, gateways.c.heartbeat_due_at)
    query = query.where(gateways.c.heartbeat_due_at <= now).order_by(gateways.c.gateway_id)
    return [SilentGateway(*row) for row in await connection.execute(query.with_for_update(skip_locked=True))]


async def await_heartbeat(connection: Connection, gateway_id: str, due_at: datetime) -> None:
    """Give a gateway another deadline for its next heartbeat."""
    await connection.execute(
        update(gateways).where(gateways.c.gateway_id == gateway_id).values(heartbeat_due_at=due_at)
    )
