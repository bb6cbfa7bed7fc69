"""Mail to gateways in the database: when what a gateway must have is sent (again), and what it says it has.

One table a kind of mail, `ledger_mail`, `settings_mail` and `on_call_mail`, of the same columns.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import RowMapping, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert
from ingest.store.base.tables import gateways

MailTable: TypeAlias = Table
"""The table of one kind of mail."""


async def mark(connection: AsyncConnection, mail: MailTable, gateway_id: str, now: datetime) -> None:
    """Have it sent to a gateway at once."""
    fresh: dict[str, Any] = {"due_at": now, "attempts": 0}
    statement = upsert(connection, mail).values(gateway_id=gateway_id, **fresh)
    await connection.execute(statement.on_conflict_do_update(index_elements=["gateway_id"], set_=fresh))


async def confirm(
    connection: AsyncConnection, mail: MailTable, gateway_id: str, revision: str, *, due: datetime | None
) -> None:
    """Write down what a gateway says it has; `due`: when it is to be told, None if that is what there is."""
    row: dict[str, Any] = {"confirmed": revision, "due_at": due}
    if due is None:
        row["attempts"] = 0
    statement = upsert(connection, mail).values(gateway_id=gateway_id, **row)
    await connection.execute(statement.on_conflict_do_update(index_elements=["gateway_id"], set_=row))


async def mail_of(connection: AsyncConnection, mail: MailTable, gateway_id: str) -> RowMapping | None:
    """Return how a gateway's mail stands, locked."""
    query = select(mail).where(mail.c.gateway_id == gateway_id).with_for_update()
    return (await connection.execute(query)).mappings().one_or_none()


async def due_mail(
    connection: AsyncConnection, mail: MailTable, now: datetime, limit: int
) -> list[tuple[str, int, int]]:
    """Return (gateway, key generation, attempts) of what is to be sent now, locked."""
    query = (
        select(mail.c.gateway_id, gateways.c.key_generation, mail.c.attempts)
        .join_from(mail, gateways, mail.c.gateway_id == gateways.c.gateway_id)
        .where(mail.c.due_at <= now)
        .order_by(mail.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=mail)
    )
    return [(row.gateway_id, row.key_generation, row.attempts) for row in await connection.execute(query)]


async def anything_to_mail(connection: AsyncConnection, mail: MailTable, now: datetime) -> bool:
    """Return whether anything is to be sent; a look that holds nobody up."""
    query = select(mail.c.gateway_id).where(mail.c.due_at <= now).limit(1)
    return (await connection.execute(query)).first() is not None


async def mail_sent(
    connection: AsyncConnection, mail: MailTable, gateway_id: str, attempts: int, again_at: datetime
) -> None:
    """Write down that it was sent, and when it is sent again unless the gateway confirms it."""
    await connection.execute(
        update(mail).where(mail.c.gateway_id == gateway_id).values(attempts=attempts, due_at=again_at)
    )
