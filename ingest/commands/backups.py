"""Backup and restore of ingest's database: `linshe-ingest backup FILE`, `linshe-ingest restore FILE`.

SQLite is copied by its own backup, also under a running program; PostgreSQL by pg_dump and pg_restore, which must be
installed. A backup is made beside its name and then renamed. It holds names, numbers and what happened to people.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ingest.store.base.database import Database, DatabaseUrl

_OUR_TABLES = {"alembic_version", "tickets", "inbox", "flags"}
_RESTORED = "; then: linshe-ingest migrate"


class BackupError(RuntimeError):
    """It can't be done; the message says why and what to do. Nothing was changed."""


def add_arguments(commands: Any) -> None:
    """Add the two commands."""
    backup = commands.add_parser("backup", help="copy the database into a file, also while the program serves")
    backup.add_argument("file", type=Path)
    restore = commands.add_parser("restore", help="put a backup into an empty database; nothing may serve meanwhile")
    restore.add_argument("file", type=Path)


async def run(arguments: argparse.Namespace, url: DatabaseUrl) -> int:
    """Run one of them; raises `BackupError`."""
    file: Path = arguments.file
    is_sqlite = url.get_backend_name() == "sqlite"
    if arguments.command == "backup":
        (_back_up_sqlite if is_sqlite else _back_up_postgresql)(url, file)
        print(f"{file}: written. Keep ingest.toml and the master key in another place: without the key it is worthless")
        return 0
    if not file.is_file():
        raise BackupError(f"{file} is not there; name a file that `linshe-ingest backup` has made")
    await _expect_empty(url)
    (_restore_sqlite if is_sqlite else _restore_postgresql)(url, file)
    print(f"{file}: restored{_RESTORED}. What gateways were receipted for after the backup is not in it")
    return 0


async def _expect_empty(url: DatabaseUrl) -> None:
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return
    db = Database(url)
    try:
        there = await db.table_names()
    finally:
        await db.close()
    if there:
        raise BackupError(f"the database has tables already ({len(there)}); restore into a new and empty one")


def _back_up_sqlite(url: DatabaseUrl, file: Path) -> None:
    path = Path(str(url.database))
    if not path.is_file():
        raise BackupError(f"{path} is not there; is [ingest] database right?")
    half = _half(file)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source:
            _copy(source, half)
        _examine(half)
        half.rename(file)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise BackupError(f"{file} can't be written: {error}; is there room, and the right to write?") from error


def _restore_sqlite(url: DatabaseUrl, file: Path) -> None:
    _examine(file)
    path = Path(str(url.database))
    half = _half(path)
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            _copy(source, half)
        half.rename(path)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise BackupError(f"{path} can't be written: {error}; is there room, and the right to write?") from error


def _half(file: Path) -> Path:
    half = file.with_name(f"{file.name}.half")
    half.unlink(missing_ok=True)
    return half


def _copy(source: sqlite3.Connection, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    with target.open("rb+") as written:
        os.fsync(written.fileno())


def _examine(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            sound = db.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"{file} is no backup of SQLite: {error}") from error
    if sound != "ok" or not tables >= _OUR_TABLES:
        raise BackupError(f"{file} is no sound database of ingest; take an older backup")


def _back_up_postgresql(url: DatabaseUrl, file: Path) -> None:
    half = _half(file)
    try:
        os.close(os.open(half, os.O_CREAT | os.O_WRONLY, 0o600))
        _postgres(["pg_dump", "--format=custom", "--no-owner", f"--file={half}"], url)
        half.rename(file)
    except (OSError, BackupError) as error:
        half.unlink(missing_ok=True)
        raise BackupError(f"{file} was not written: {error}") from error


def _restore_postgresql(url: DatabaseUrl, file: Path) -> None:
    command = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner"]
    _postgres([*command, f"--dbname={url.database}", str(file)], url, names_database=True)


def _postgres(command: Sequence[str], url: DatabaseUrl, *, names_database: bool = False) -> None:
    """Run a program of PostgreSQL on the database; the password goes by the environment, unseen by `ps`."""
    program = shutil.which(command[0])
    if program is None:
        raise BackupError(f"{command[0]} is missing: install PostgreSQL's client programs (postgresql-client)")
    place = [f"--host={url.host or '127.0.0.1'}", f"--port={url.port or 5432}"]
    place += [f"--username={url.username}"] if url.username else []
    place += [] if names_database else [str(url.database)]
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    whole = [program, *command[1:], "--no-password", *place]
    done = subprocess.run(whole, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        first = done.stderr.strip().splitlines()[:1] or [f"it ended with {done.returncode}"]
        raise BackupError(f"{command[0]}: {first[0]}")
