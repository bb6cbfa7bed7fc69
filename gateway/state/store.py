"""Store: the gateway's one SQLite file. It knows tables and transactions, not what the rows mean.

WAL with `synchronous=FULL`: what `transaction` has left is on the disk, whatever happens to the power. A file that is
no longer sound is moved aside under a new name and a new one takes its place, with what could still be read of the old:
a watching gateway without memory is better than none, and the old file stays for repair. Times are epoch milliseconds.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gateway.state.repair import repair

log = logging.getLogger(__name__)

VERSION = 2
_WITH_SNAPSHOTS = 2
TAILS = ("", "-wal", "-shm")
"""A database is its file, its log and the log's index."""
_UNSOUND_KEPT = 3
_DISKS = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})
_DISKS_BY_SQLITE = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)
"""What a disk says that may take writes again; a folder that is missing or not ours is a mistake of a person."""

_SCHEMA = """
CREATE TABLE home_state (home TEXT PRIMARY KEY, state BLOB NOT NULL, saved_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    rank INTEGER NOT NULL,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    envelope BLOB NOT NULL
);
CREATE INDEX outbox_order ON outbox (rank, place);
CREATE TABLE sent_flags (
    flag_id TEXT NOT NULL,
    event TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    receipted INTEGER,
    status TEXT,
    detail TEXT,
    PRIMARY KEY (flag_id, event)
) WITHOUT ROWID;
CREATE TABLE away (entry_id TEXT PRIMARY KEY, home TEXT NOT NULL, entry BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_SINCE_1 = """
CREATE TABLE home_since (home TEXT PRIMARY KEY, change BLOB NOT NULL, saved_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshots (name TEXT PRIMARY KEY, packed BLOB NOT NULL);
DELETE FROM facts WHERE name IN ('status', 'registers');
"""
"""What version 2 adds: a home's changes since its whole memory, and what is told of the running gateway, packed.

Snapshots have row ids because a row of two kilobytes stays on one page then, and a commit writes four pages less."""
_STEPS = {0: _SCHEMA + _SINCE_1, 1: _SINCE_1}
"""What makes a file of the newest version out of one of each version; 0 is an empty file."""


class StoreError(RuntimeError):
    """The file can't be used as it is, and moving it aside would be wrong."""


class DiskError(StoreError):
    """The disk takes no writes, for now: it is full, read-only or failing."""


class StateInUseError(StoreError):
    """Another gateway works on it."""


class Store:
    """One open state file. Used from one thread.

    `repaired` names the unsound file that was moved aside, if any, and `salvaged` says what was saved of it.
    """

    def __init__(self, path: Path, stamp: str) -> None:
        """Open or make the file at `path`; `stamp` goes into the name of an unsound file that has to make room.

        Raises `StoreError` for a file of a newer version or a place that can't be written, `DiskError` where that may
        be otherwise in a while.
        """
        self.path = path
        self.repaired: Path | None = None
        self.salvaged = ""
        self._lock = lock_state(path)
        try:
            self.db = self._open_or_move_aside(path, stamp)
        except BaseException:
            self._lock.close()
            raise

    def _open_or_move_aside(self, path: Path, stamp: str) -> sqlite3.Connection:
        try:
            return _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_worn(error):
                kind = DiskError if _is_the_disks(error) else StoreError
                raise kind(f"{path}: {error}; check that the folder is there, writable and not full") from error
            self.repaired, db = _new_beside(path, f"unsound-{stamp}")
            try:
                self.salvaged = repair(self.repaired, db)
            except sqlite3.Error as refused:
                db.close()
                _move_back(self.repaired, path)
                raise DiskError(
                    f"{path} is not sound, and what was saved of it can't be written: {refused}"
                ) from refused
            log.warning("state file was not sound (%s): moved to %s; %s", error, self.repaired, self.salvaged)
            _drop_older(path, self.repaired)
            return db

    def close(self) -> None:
        """Close the file."""
        self.db.close()
        self._lock.close()

    def take_over(self, other: Store) -> None:
        """Go on with another store's file in the place of this one, which is closed; the other is not used any more."""
        self.close()
        self.path, self.db, self._lock = other.path, other.db, other._lock

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything done inside is on the disk when it is left, or none of it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:  # SQLite has already rolled back what a full disk stopped
                self.db.execute("ROLLBACK")
            raise

    def fact(self, name: str) -> str | None:
        """Return a remembered word, None if there is none."""
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Remember a word. Call it inside a transaction."""
        self.db.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def snapshot(self, name: str, text: str) -> None:
        """Keep, packed, what is told of the running gateway. Call it inside a transaction."""
        self.db.execute(
            "INSERT INTO snapshots VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET packed = excluded.packed",
            (name, zlib.compress(text.encode())),
        )


def read_snapshot(db: sqlite3.Connection, name: str) -> str | None:
    """Return a snapshot out of a state file of any version, None if there is none."""
    if db.execute("PRAGMA user_version").fetchone()[0] < _WITH_SNAPSHOTS:
        row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])
    row = db.execute("SELECT packed FROM snapshots WHERE name = ?", (name,)).fetchone()
    return None if row is None else zlib.decompress(row[0]).decode()


def read_only(path: Path) -> sqlite3.Connection:
    """Open the state file of a running gateway for reading; raises `StoreError` when there is none."""
    if not path.is_file():
        raise StoreError(f"{path} is not there; the gateway makes it when it runs for the first time")
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path} is for the gateway's own user alone; ask as that one (sudo -u …)")
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)


def lock_state(path: Path) -> IO[bytes]:
    """Keep the state file for us alone; the lock goes with the process, however it ends. Raises `StoreError`."""
    name = path.with_name(path.name + ".lock")
    try:
        file = name.open("wb")
    except OSError as error:
        kind = DiskError if error.errno in _DISKS else StoreError
        raise kind(f"{name}: {error.strerror}; check that the folder is there and writable") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StateInUseError(f"{path} is in use by another gateway; stop that one first") from error
    return file


def _is_the_disks(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISKS_BY_SQLITE


def _is_worn(error: sqlite3.OperationalError) -> bool:
    """Return whether a place of the file can't be read: the file is not sound then, whatever the disk still takes."""
    return getattr(error, "sqlite_errorcode", 0) in {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}


def _new_beside(path: Path, word: str) -> tuple[Path, sqlite3.Connection]:
    """Move an unsound file aside and open a new one in its place; raises `DiskError` and then has changed nothing."""
    try:
        aside = move_aside(path, word)
    except OSError as error:
        raise DiskError(f"{path} is not sound and can't be moved aside: {error.strerror}") from error
    try:
        return aside, _open(path)
    except sqlite3.Error as error:
        _move_back(aside, path)
        raise DiskError(f"{path} is not sound, and no new file can be made: {error}") from error


def _drop_older(path: Path, newest: Path) -> None:
    """Keep few of the unsound files, which have been salvaged: a dying card must not be filled by its own wreckage."""
    older = {one for one in path.parent.glob(f"{path.name}.unsound-*") if one.name[-4:] not in TAILS} - {newest}
    # what was stamped before the clock was set sorts first
    for one in sorted(older)[: max(0, len(older) + 1 - _UNSOUND_KEPT)]:
        log.warning("%s, one of more than %d unsound state files, is removed", one, _UNSOUND_KEPT)
        for tail in TAILS:
            with suppress(OSError):
                one.with_name(one.name + tail).unlink()


def _keep_private(path: Path) -> None:
    """Let nobody else read what homes do and whom to call; SQLite makes what belongs to a file with its rights."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        for tail in TAILS:
            with suppress(FileNotFoundError):
                path.with_name(path.name + tail).chmod(0o600)
    except PermissionError:
        pass  # somebody else's file: what it lets us do, SQLite says
    except OSError as error:
        kind = DiskError if error.errno in _DISKS else StoreError
        raise kind(f"{path}: {error.strerror}; check that the folder is there, writable and not full") from error


def _open(path: Path) -> sqlite3.Connection:
    _keep_private(path)
    db = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        version = _known_version(db, path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        _check_sound(db)
        if version < VERSION:
            db.executescript(f"BEGIN IMMEDIATE; {_STEPS[version]} PRAGMA user_version = {VERSION}; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db


def _check_sound(db: sqlite3.Connection) -> None:
    found = db.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _known_version(db: sqlite3.Connection, path: Path) -> int:
    """Return the version of the file, 0 for an empty one, before anything in it is touched."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreError(f"{path} is of version {version}, this gateway knows {VERSION}; install the newer one again")
    return version


def move_aside(path: Path, word: str) -> Path:
    """Give a state file, with what belongs to it, another name; return that."""
    aside = path.with_name(f"{path.name}.{word}")
    _rename(path, aside)
    return aside


def _move_back(aside: Path, path: Path) -> None:
    """Undo `move_aside`: the next start tries again, when there may be room."""
    for tail in TAILS:
        path.with_name(path.name + tail).unlink(missing_ok=True)
    _rename(aside, path)


def _rename(old: Path, new: Path) -> None:
    for tail in TAILS:
        with suppress(FileNotFoundError):
            old.with_name(old.name + tail).rename(new.with_name(new.name + tail))
