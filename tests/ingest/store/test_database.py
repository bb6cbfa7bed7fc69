"""The database: one look sees one moment, on SQLite and PostgreSQL."""

from __future__ import annotations

from ingest.store.change_counter import count_change, current_change
from ingest.store.database import Database


async def test_a_look_does_not_see_what_is_committed_while_it_lasts(db: Database) -> None:
    async with db.read() as looking:
        before = await current_change(looking)
        async with db.write() as writing:
            await count_change(writing)
        assert await current_change(looking) == before
    async with db.read() as looking:
        assert await current_change(looking) == before + 1
