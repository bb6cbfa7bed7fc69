"""Databases of released schemas, with rows in them: brought up to date, nothing lost, worked with at once.

A file is added with each release and never changed.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.actions.base.context import ActionContext
from ingest.actions.base.secrets import MasterKey
from ingest.store.base.database import driver_url
from ingest.store.base.tables import homes
from ingest.store.migrate import migrate
from ingest.store.notices.tables import notices
from ingest.store.schema import check_schema
from ingest.store.tickets.tables import flags, tickets
from ingest.wings import WINGS, open_database
from tests.ingest.town import MASTER, NOON, Town

FILES = sorted((Path(__file__).parent / "databases").glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_database_of_an_older_schema_is_brought_up_to_date_and_worked_with(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "ingest.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(file.read_text(encoding="utf-8"))
    db = open_database(driver_url(f"sqlite:///{path}"))
    await migrate(db)
    await check_schema(db)
    town = Town(ActionContext(db, MasterKey(MASTER), "http://console.test", WINGS), sent=100)
    states = {row["home_id"]: (row["status"], row["taken_by"]) for row in await town.rows(tickets)}
    assert states == {"h-1": ("taken", "vera"), "h-2": ("open", None)}
    assert await town.count(homes) == 21
    assert await town.count(flags) == 2
    assert await town.count(notices) > 0
    await town.raise_flag(episode="e-3", home="h-3", now=NOON + timedelta(hours=1))
    assert await town.count(tickets) == 3
    await db.close()


def test_there_is_one() -> None:
    assert FILES
