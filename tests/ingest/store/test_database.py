"""The database: one look sees one moment, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from ingest.store.base.change_counter import count_change, current_change
from ingest.store.base.database import Database, driver_url


async def test_a_look_does_not_see_what_is_committed_while_it_lasts(db: Database) -> None:
    async with db.read() as looking:
        before = await current_change(looking)
        async with db.write() as writing:
            await count_change(writing)
        assert await current_change(looking) == before
    async with db.read() as looking:
        assert await current_change(looking) == before + 1


async def _who_looks(db: Database) -> int:
    async with db.read() as connection:
        return id((await connection.get_raw_connection()).driver_connection)


async def test_looks_one_after_another_share_one_connection_whose_caches_are_the_only_ones_to_fill(
    db: Database,
) -> None:
    async with AsyncExitStack() as at_once:
        for _ in range(3):
            await at_once.enter_async_context(db.read())
    assert len({await _who_looks(db) for _ in range(6)}) == 1


async def test_of_a_crowd_of_looks_nobody_waits_for_another_and_few_connections_stay(db: Database) -> None:
    crowd = 12
    all_here = asyncio.Barrier(crowd)

    async def look() -> None:
        async with db.read() as connection:
            await connection.execute(text("SELECT 1"))
            await all_here.wait()

    await asyncio.gather(*(look() for _ in range(crowd)))
    pool = db.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedin() == (4 if db.is_sqlite else 10)


async def test_a_connection_to_sqlite_keeps_half_a_megabyte_of_pages(tmp_path: Path) -> None:
    db = Database(driver_url(f"sqlite:///{tmp_path}/ingest.sqlite"))
    async with db.read() as connection:
        assert (await connection.execute(text("PRAGMA cache_size"))).scalar_one() == -512
    await db.close()
