"""Backup and restore of the gateway's state file, while the gateway runs and after its card has died.

A backup is one SQLite file, whole and checked, made beside its name and then renamed: a half one never stands there.
It holds what homes do, so nobody else may read it. Restoring an older one is safe: what ingest has by now is sent again
and taken once, and meters are counters, so that the time between is not lost but seen late.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from gateway.clock import Clock
from gateway.config.catalogue import load_settings
from gateway.outbox.outbox import waiting
from gateway.state.fallback_store import ROOTS, leave, state_file
from gateway.state.store import VERSION, Store, StoreError, lock_state, move_aside, read_only

_TABLES = {"home_state", "outbox", "sent_flags", "away", "facts"}


def add_backup_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway backup`."""
    parser.add_argument("--config", type=Path, default=Path("gateway.toml"), help="default: gateway.toml")
    parser.add_argument("out", type=Path, help="the file to make; it replaces an older one when it is whole")


def run_backup(args: argparse.Namespace) -> int:
    """Copy the state file, also of a running gateway; raises `StoreError`."""
    settings, _ = load_settings(args.config)
    print(f"{args.out}: {back_up(settings.gateway.state, args.out)}")
    print("keep gateway.toml and the key beside it: they are not in it")
    return 0


def add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway restore`."""
    parser.add_argument("--config", type=Path, default=Path("gateway.toml"), help="default: gateway.toml")
    parser.add_argument("backup", type=Path, help="a file that `backup` has made")
    parser.add_argument("--replace", action="store_true", help="also when there is a state file; it is moved aside")


def run_restore(args: argparse.Namespace) -> int:
    """Put a backup in the place of the state file of a gateway that does not run; raises `StoreError`."""
    settings, _ = load_settings(args.config)
    stamp = Clock().wall().strftime("%Y%m%dT%H%M%SZ")
    print(f"{settings.gateway.state}: {restore(args.backup, settings.gateway.state, stamp, replace=args.replace)}")
    return 0


def back_up(state: Path, out: Path) -> str:
    """Copy `state` to `out` and return what is in it; raises `StoreError`."""
    with closing(read_only(state_file(state))) as source:
        _copy(source, out)
    return examine(out)


def restore(backup: Path, state: Path, stamp: str, *, replace: bool, roots: Sequence[Path] = ROOTS) -> str:
    """Copy `backup` to `state` and return what is in it; raises `StoreError` and then has changed nothing."""
    found = examine(backup)
    with ExitStack() as locks:
        locks.enter_context(closing(lock_state(state)))
        counts = state_file(state, roots)
        if counts != state:  # a gateway that works from memory holds its copy alone, and would write it over ours
            locks.enter_context(closing(lock_state(counts)))
        if state.exists() and not replace:
            raise StoreError(f"{state} is there already; with --replace it is moved aside")
        if state.exists():
            move_aside(state, f"before-restore-{stamp}")
        with closing(read_only(backup)) as source:
            _copy(source, state)
        if counts != state:
            leave(counts.parent)
    Store(state, stamp).close()
    return found


def examine(file: Path) -> str:
    """Return what a backup holds; raises `StoreError` unless it is a sound state file of a version that is known."""
    with closing(read_only(file)) as db:
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            sound = db.execute("PRAGMA integrity_check").fetchone()[0]
            if sound != "ok" or not tables >= _TABLES:
                raise StoreError(f"{file} is no sound state file of a gateway; take an older backup")
            homes = db.execute("SELECT count(*) FROM home_state").fetchone()[0]
            messages = sum(waiting(db).values())
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{file} is no state file of a gateway: {error}; take another backup") from error
    if version > VERSION:
        raise StoreError(f"{file} is of version {version}, this gateway knows {VERSION}; install the newer one first")
    return f"the memories of {homes} homes, {messages} messages that wait"


def _copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a whole database, consistent whatever is written meanwhile, and have it on the disk before its name is."""
    half = target.with_name(f"{target.name}.half")
    try:
        half.unlink(missing_ok=True)
        os.close(os.open(half, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(half)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        with half.open("rb+") as file:
            os.fsync(file.fileno())
        half.rename(target)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise StoreError(f"{target} can't be written: {error}; is there room, and the right to write?") from error
