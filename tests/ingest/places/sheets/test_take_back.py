"""Two administrators in one second: what one takes back never sweeps away what the other has just written."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from ingest.places.domain.placefile import HomeEntry
from ingest.places.sheets.exchange import Author, import_entry
from ingest.places.sheets.take_back import BackFault, TakenBack, take_back
from ingest.store.base.tables import homes
from tests.ingest.town import NOON, Town

BY, LATER = Author("admin", NOON), Author("admin", NOON + timedelta(minutes=1))


async def save(town: Town, home: str = "h-1", way: str = "north gate") -> int:
    """Let an administrator write a home; return the number under which it can be taken back."""
    entry = HomeEntry(id=home, area="c1", gateway="gw-1", label="1-1", way=way)
    report = await import_entry(town.ctx, "homes", entry, dry_run=False, scope="/", by=BY)
    assert report.revision is not None
    return report.revision


async def undo(town: Town, number: int) -> TakenBack | BackFault:
    return await take_back(town.ctx, number, scope="/", by=LATER)


async def way_of(town: Town, home: str = "h-1") -> Any:
    return [row["way"] for row in await town.rows(homes, home_id=home)]


async def is_waiting(town: Town) -> bool:
    """Return whether the server says that somebody waits for a row that another transaction holds."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with town.ctx.db.read() as connection:
        return bool((await connection.execute(query)).scalar_one())


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("home", ["h-1", "h-new"], ids=["a change", "a new entry"])
async def test_an_undo_that_meets_a_change_just_being_written_waits_for_it_and_is_refused(
    town: Town, home: str
) -> None:
    number = await save(town, home)
    async with asyncio.timeout(60):
        async with town.ctx.db.write() as connection:
            await connection.execute(update(homes).where(homes.c.home_id == home).values(way="by the river"))
            undoing = asyncio.create_task(undo(town, number))
            while not await is_waiting(town):
                assert not undoing.done(), undoing
                await asyncio.sleep(0.01)
        assert await undoing is BackFault.CHANGED_SINCE
    assert await way_of(town, home) == ["by the river"]


async def test_of_two_who_take_back_the_same_at_once_one_does(town: Town) -> None:
    number = await save(town)
    results = await asyncio.gather(undo(town, number), undo(town, number))
    assert sorted(str(type(one).__name__) for one in results) == ["BackFault", "TakenBack"]
    assert BackFault.CHANGED_SINCE in results
    assert await way_of(town) == [None]
