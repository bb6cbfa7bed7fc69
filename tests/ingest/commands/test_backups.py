"""Backup and restore of ingest's database, on SQLite and on PostgreSQL: everything comes back, nothing is mixed."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.commands import backups
from ingest.commands.backups import BackupError
from ingest.store.base.database import Database, driver_url
from ingest.store.schema import check_schema
from ingest.tables import metadata
from tests.ingest.postgres_server import PostgresServer
from tests.ingest.town import NOON, Town


def asked(command: str, file: Path) -> argparse.Namespace:
    return argparse.Namespace(command=command, file=file)


async def counts(db: Database) -> dict[str, int]:
    async with db.read() as connection:
        tables = metadata.sorted_tables
        return {
            one.name: (await connection.execute(select(func.count()).select_from(one))).scalar_one() for one in tables
        }


@pytest.fixture
async def elsewhere(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a new and empty database."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/new.sqlite"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(await server.new_database())


async def test_a_town_comes_back_with_every_row_while_the_old_one_goes_on(
    town: Town, db_url: str, elsewhere: str, tmp_path: Path
) -> None:
    await town.raise_flag()
    before = await counts(town.ctx.db)
    file = tmp_path / "backup"
    assert await backups.run(asked("backup", file), driver_url(db_url)) == 0
    assert file.stat().st_mode & 0o077 == 0
    await town.raise_flag(now=NOON + timedelta(minutes=1), episode="e-2", home="h-2")
    assert await backups.run(asked("restore", file), driver_url(elsewhere)) == 0
    new = Database(driver_url(elsewhere))
    await check_schema(new)
    assert await counts(new) == before
    assert before["tickets"] == 1
    later = Town(replace(town.ctx, db=new), sent=town.sent)
    await later.raise_flag(now=NOON + timedelta(minutes=2), episode="e-3", home="h-3")
    assert (await counts(new))["tickets"] == 2, "it is worked with at once"
    await new.close()


async def test_a_database_with_something_in_it_is_not_mixed_with_a_backup(
    town: Town, db_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    await backups.run(asked("backup", file), driver_url(db_url))
    await town.raise_flag()
    with pytest.raises(BackupError, match="new and empty"):
        await backups.run(asked("restore", file), driver_url(db_url))
    assert (await counts(town.ctx.db))["tickets"] == 1


ODD: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _file: None,
    "rubbish": lambda file: file.write_bytes(b"rubbish" * 500),
    "a strange database": lambda file: sqlite3.connect(file).executescript("CREATE TABLE x (y)").close(),
}


@pytest.mark.parametrize("case", ODD)
async def test_what_is_no_backup_is_refused_and_leaves_nothing(elsewhere: str, tmp_path: Path, case: str) -> None:
    file = tmp_path / "backup"
    ODD[case](file)
    with pytest.raises(BackupError):
        await backups.run(asked("restore", file), driver_url(elsewhere))
    assert not (tmp_path / "new.sqlite").exists()


async def test_missing_programs_and_wrong_passwords_are_told_without_the_password(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = driver_url(postgres.url("no_such_database"), "s3cret")
    with pytest.raises(BackupError, match="no_such_database") as caught:
        await backups.run(asked("backup", tmp_path / "b"), nobody)
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="postgresql-client"):
        await backups.run(asked("backup", tmp_path / "b"), nobody)
    assert list(tmp_path.iterdir()) == []
