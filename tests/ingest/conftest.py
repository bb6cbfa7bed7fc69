"""What the ingester's tests start from: both databases, migrated, and a small town on them.

`empty_db` and `db` come twice, on SQLite and on a real PostgreSQL, so every test that uses them says the same of both.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ingest.store.base.database import Database, driver_url
from ingest.store.migrate import migrate
from ingest.wings import open_database
from tests.ingest.postgres_server import PostgresServer, run_apart
from tests.ingest.town import Town, build_town


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server; where PostgreSQL is missing, this fails."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def _migrated(url: str) -> None:
    db = Database(driver_url(url))
    await migrate(db)
    await db.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file."""
    path = tmp_path_factory.mktemp("template") / "ingest.sqlite"
    run_apart(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database."""
    name = run_apart(postgres.new_database())
    run_apart(_migrated(postgres.url(name)))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
async def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of a database without any table."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/ingest.sqlite"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = await server.new_database()
    yield server.url(name)
    await server.drop_database(name)


@pytest.fixture
async def db_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of a migrated database without any row."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ingest.sqlite")
        yield f"sqlite:///{tmp_path}/ingest.sqlite"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = await server.new_database(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    await server.drop_database(name)


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    """A migrated database without any row."""
    opened = open_database(driver_url(db_url))
    yield opened
    await opened.close()


@pytest.fixture
async def town(db: Database) -> Town:
    """A district with one street, one community, two compounds, people at every level, two gateways."""
    return await build_town(db)
