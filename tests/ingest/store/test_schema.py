"""The schema: migrations and tables say the same, an old one is refused by name, and times are numbers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, insert, inspect, select, text

import ingest
from ingest.store.base.database import Database, DatabaseUrlError, driver_url
from ingest.store.base.tables import audit_log
from ingest.store.migrate import migrate, migration_config, step_back
from ingest.store.schema import OldSchemaError, check_schema, newest_version
from ingest.tables import ROOMS, metadata
from tests.ingest.town import NOON, Town


async def test_an_empty_database_is_refused_with_the_command_that_helps(empty_url: str) -> None:
    db = Database(driver_url(empty_url))
    with pytest.raises(OldSchemaError, match="linshe-ingest migrate"):
        await check_schema(db)
    await migrate(db)
    await migrate(db)
    await check_schema(db)
    await db.close()


def test_the_version_that_is_needed_is_where_the_migrations_lead() -> None:
    assert newest_version() == ScriptDirectory.from_config(migration_config()).get_current_head()


async def test_the_migrations_make_exactly_the_tables_of_the_code(db: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with db.read() as connection:
        assert await connection.run_sync(differences) == []


def test_every_module_of_tables_is_named_for_whoever_compares_them() -> None:
    root = Path(ingest.__file__).parent
    files = {path.relative_to(root.parent) for path in root.rglob("*tables.py")} - {Path("ingest/tables.py")}
    assert {Path(*room.__name__.split(".")).with_suffix(".py") for room in ROOMS} == files


def test_a_table_refers_only_to_its_own_room_and_the_rooms_before_it() -> None:
    known: set[str] = set()
    for room in ROOMS:
        own = [one for one in vars(room).values() if isinstance(one, Table)]
        known |= {one.name for one in own}
        asked = {key.target_fullname.split(".")[0] for one in own for key in one.foreign_keys}
        assert asked - known == set(), room.__name__
    assert known == set(metadata.tables)


async def test_the_migrations_lead_back_to_nothing(db: Database) -> None:
    def back(connection: Connection) -> list[str]:
        config: Config = migration_config(connection)
        command.downgrade(config, "base")
        return inspect(connection).get_table_names()

    async with db.write() as connection:
        assert await connection.run_sync(back) == ["alembic_version"]


async def test_programs_that_prepare_an_empty_database_in_the_same_moment_all_find_it_ready(empty_url: str) -> None:
    several = [Database(driver_url(empty_url)) for _ in range(4)]
    await asyncio.gather(*(migrate(db) for db in several))
    for db in several:
        await check_schema(db)
        await db.close()


async def test_every_step_can_be_undone_and_done_again_with_rows_in_the_tables(town: Town) -> None:
    await town.raise_flag()
    db = town.ctx.db
    steps = len(list(ScriptDirectory.from_config(migration_config()).walk_revisions())) - 1
    for _ in range(steps):
        await step_back(db)
        with pytest.raises(OldSchemaError, match="linshe-ingest migrate"):
            await check_schema(db)
    await migrate(db)
    await check_schema(db)
    async with db.read() as connection:
        assert (await connection.execute(text("SELECT home_id, event FROM flags"))).all() == [("h-1", "raised")]


async def test_a_database_of_the_first_version_keeps_its_rows_and_learns_the_rest(empty_url: str) -> None:
    db = Database(driver_url(empty_url))
    await migrate(db, "0001")
    async with db.write() as connection:
        for statement in (
            "INSERT INTO areas (area_id, level, name_zh, name_en, path) VALUES ('hs', 'district', '区', 'D', '/hs/')",
            "INSERT INTO plans (plan_id, area_id, severities, steps_json) VALUES ('p', 'hs', '[]', '[]')",
            (
                "INSERT INTO tickets (ticket_id, area_id, kind, severity, status, condition, text_zh, text_en, since,"
                " plan_json, step, due_at, due_kind, opened_at, version)"
                " VALUES ('t-1', 'hs', 'smoke', 'critical', 'open', 'active', '', '', 1, '{}', 2, 9, 'answer_by', 1, 1)"
            ),
        ):
            await connection.execute(text(statement))
    with pytest.raises(OldSchemaError, match="0001"):
        await check_schema(db)
    await migrate(db)
    async with db.read() as connection:
        rows = (await connection.execute(text("SELECT ticket_id, step, turn, due_at FROM tickets"))).all()
        assert [tuple(row) for row in rows] == [("t-1", 2, 0, 9)]
        assert (await connection.execute(text("SELECT then_plan, quiet_json FROM plans"))).all() == [(None, None)]
    await db.close()


async def test_times_are_milliseconds_in_the_database_and_aware_utc_outside(db: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    at = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=shanghai)
    async with db.write() as connection:
        await connection.execute(insert(audit_log).values(at=at, event="x", detail_json={"字": [1, None]}))
        assert (await connection.execute(text("SELECT at FROM audit_log"))).scalar_one() == 1795406400123
        row = (await connection.execute(select(audit_log))).one()
        late = select(audit_log.c.id).where(audit_log.c.at <= at - timedelta(seconds=1))
        assert (await connection.execute(late)).all() == []
    assert (row.at, row.at.tzinfo) == (datetime(2026, 11, 23, 4, 0, 0, 123000, tzinfo=UTC), UTC)
    assert row.detail_json == {"字": [1, None]}


async def test_a_time_without_a_zone_is_an_error(db: Database) -> None:
    async with db.write() as connection:
        with pytest.raises(Exception, match="time zone"):
            await connection.execute(insert(audit_log).values(at=NOON.replace(tzinfo=None), event="x", detail_json={}))


@pytest.mark.parametrize("url", ["mysql://u@h/d", "redis://h"])
def test_another_database_is_refused_with_what_is_spoken(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="postgresql://"):
        driver_url(url)
