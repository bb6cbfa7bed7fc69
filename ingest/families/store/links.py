"""Signed links to a home's page in the database: whom each is for, and until when it opens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from ingest.families.store.tables import household_links
from ingest.store.base.database import Connection


async def open_link_of(connection: Connection, home_id: str, person_id: str, now: datetime) -> str | None:
    """Return the newest link of somebody to a home that still opens."""
    query = select(household_links.c.link_id).where(
        household_links.c.home_id == home_id,
        household_links.c.person_id == person_id,
        household_links.c.ended_at.is_(None),
        household_links.c.expires_at > now,
    )
    return (await connection.execute(query.order_by(household_links.c.made_at.desc()).limit(1))).scalar()


async def put_link(
    connection: Connection,
    link_id: str,
    home_id: str,
    person_id: str,
    *,
    made_by: str | None,
    made_at: datetime,
    expires_at: datetime,
) -> None:
    """Write a new link down."""
    row = {"link_id": link_id, "home_id": home_id, "person_id": person_id, "made_by": made_by}
    await connection.execute(insert(household_links).values(**row, made_at=made_at, expires_at=expires_at))
