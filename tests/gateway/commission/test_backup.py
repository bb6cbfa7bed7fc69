"""Backup and restore of the state file: of a running gateway, whole or not at all, and never over something in use."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main
from gateway.outbox.outbox import Outbox, flag_counts, waiting
from gateway.outbox.priority import Rank
from gateway.state.store import VERSION, Store, read_only
from models.wire.envelope import Envelope

CONFIG = '[gateway]\nid = "gw-1"\n[[homes]]\nid = "h-1"\n'
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    (tmp_path / "gateway.toml").write_text(CONFIG)

    def command(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        verb, *rest = map(str, arguments)
        code = main([verb, "--config", str(tmp_path / "gateway.toml"), *rest])
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


def put(store: Store, name: str) -> None:
    outbox = Outbox(store, 10.0, 100)
    with store.transaction() as db:
        outbox.put_flag(db, name, "raised", Rank.SMOKE, Envelope(f"m-{name}", "gw-1", "b", 1, AT, "flag", {}))


def flags(file: Path) -> int:
    with closing(read_only(file)) as db:
        assert flag_counts(db).lost == 0
        return waiting(db).get("flag", 0)


def test_a_running_gateway_is_copied_whole_and_a_dead_card_is_replaced(tmp_path: Path, run: Any) -> None:
    state, copy = tmp_path / "gateway.sqlite", tmp_path / "copy"
    store = Store(state, "t")
    put(store, "f-1")
    with store.transaction() as db:
        db.execute("INSERT INTO home_state VALUES ('h-1', x'00', 1)")
    code, said = run("backup", copy)
    assert (code, "1 homes, 1 messages" in said) == (0, True)
    assert copy.stat().st_mode & 0o077 == 0, "nobody else may read what homes do"
    put(store, "f-2")
    assert run("backup", copy)[0] == 0, "tomorrow's takes today's place"
    put(store, "f-3")
    assert run("restore", copy)[0] == 2, "the gateway runs"
    store.close()
    for tail in ("", "-wal", "-shm"):
        state.with_name(state.name + tail).unlink(missing_ok=True)
    assert run("restore", copy) == (0, f"{state}: the memories of 1 homes, 2 messages that wait\n")
    assert flags(state) == 2
    assert sorted(path.name for path in tmp_path.iterdir() if "half" in path.name) == []


def test_a_state_file_that_is_there_is_moved_aside_and_only_when_asked(tmp_path: Path, run: Any) -> None:
    state, copy = tmp_path / "gateway.sqlite", tmp_path / "copy"
    store = Store(state, "t")
    put(store, "f-1")
    run("backup", copy)
    put(store, "f-2")
    store.close()
    code, said = run("restore", copy)
    assert (code, "--replace" in said, flags(state)) == (2, True, 2)
    assert run("restore", copy, "--replace")[0] == 0
    assert flags(state) == 1
    (aside,) = tmp_path.glob("gateway.sqlite.before-restore-*Z")
    assert flags(aside) == 2, "nothing is thrown away"


BAD: dict[str, Callable[[Path], object]] = {
    "nothing there": lambda file: file.unlink(),
    "rubbish": lambda file: file.write_bytes(b"rubbish" * 1000),
    "another program's": lambda file: (
        file.unlink(),
        sqlite3.connect(file).executescript("CREATE TABLE x (y)").close(),
    ),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[: 3 * 4096]),
    "of a later version": lambda file: sqlite3.connect(file).execute(f"PRAGMA user_version={VERSION + 1}").close(),
}


@pytest.mark.parametrize("case", BAD)
def test_a_backup_that_is_none_changes_nothing(tmp_path: Path, run: Any, case: str) -> None:
    state, copy = tmp_path / "gateway.sqlite", tmp_path / "copy"
    store = Store(state, "t")
    put(store, "f-1")
    run("backup", copy)
    store.close()
    BAD[case](copy)
    code, said = run("restore", copy, "--replace")
    assert (code, str(copy) in said) == (2, True)
    assert flags(state) == 1
    assert list(tmp_path.glob("*before-restore*")) == []


def test_a_place_that_takes_no_file_is_told_and_the_old_backup_stays(tmp_path: Path, run: Any) -> None:
    Store(tmp_path / "gateway.sqlite", "t").close()
    code, said = run("backup", tmp_path / "nowhere" / "copy")
    assert (code, "can't be written" in said) == (2, True)
    (tmp_path / "gateway.sqlite").unlink()
    (tmp_path / "copy").write_text("old")
    assert run("backup", tmp_path / "copy")[0] == 2
    assert (tmp_path / "copy").read_text() == "old"
