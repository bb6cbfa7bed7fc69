"""Browsers that push messages go to, in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from ingest.domain.notices.push import Subscription
from ingest.store.base.database import Connection, upsert
from ingest.store.base.tables import push_subscriptions


@dataclass(frozen=True, slots=True)
class BrowserRow:
    """Where a push service takes messages for one browser, and the keys that only it can open them with."""

    endpoint: str
    p256dh: str
    auth: str


async def browsers_of(connection: Connection, person_id: str) -> list[BrowserRow]:
    """Return the browsers of a person, the newest first."""
    columns = (push_subscriptions.c.endpoint, push_subscriptions.c.p256dh, push_subscriptions.c.auth)
    query = select(*columns).where(push_subscriptions.c.person_id == person_id)
    query = query.order_by(push_subscriptions.c.created_at.desc(), push_subscriptions.c.endpoint)
    return [BrowserRow(*row) for row in await connection.execute(query)]


async def put_browser(connection: Connection, person_id: str, browser: Subscription, now: datetime) -> None:
    """Let a browser be this person's; one that was another person's is theirs no longer."""
    values = {"person_id": person_id, "p256dh": browser.p256dh, "auth": browser.auth, "created_at": now}
    statement = upsert(connection, push_subscriptions).values({"endpoint": browser.endpoint, **values})
    await connection.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=values))


async def drop_browsers(connection: Connection, endpoints: Collection[str], *, of: str | None = None) -> int:
    """Forget browsers, whoever's they are or only those of one person; return how many were there."""
    gone = delete(push_subscriptions).where(push_subscriptions.c.endpoint.in_(list(endpoints)))
    if of is not None:
        gone = gone.where(push_subscriptions.c.person_id == of)
    return (await connection.execute(gone)).rowcount
