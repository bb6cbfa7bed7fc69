"""A power cut leaves every commit; a worn card is noticed. SQLite itself is the judge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from simulators.faults.kinds.tearing import committed_end, cut_power, wear_out

ROWS = 60


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[bytes, bytes]]:
    """A file and its log in the middle of a life: some pages are in the file already, newer ones in the log."""
    path = tmp_path / "state.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, v BLOB)")
        for number in range(ROWS):
            db.execute("INSERT INTO t VALUES (?, ?)", (number, bytes([number]) * 700))
            if number == ROWS // 2:
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        db.execute("UPDATE t SET v = zeroblob(700) WHERE n % 7 = 0")
        yield path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()


def put_down(place: Path, file: bytes, log: bytes) -> Path:
    path = place / "torn.sqlite"
    path.write_bytes(file)
    path.with_name(path.name + "-wal").write_bytes(log)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("seed", range(25))
def test_after_a_power_cut_every_commit_is_there_and_the_file_is_sound(
    seed: int, files: tuple[bytes, bytes], tmp_path: Path
) -> None:
    file, log = cut_power(Random(seed), *files)
    assert (file, log) != files
    with closing(sqlite3.connect(put_down(tmp_path, file, log))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = dict(db.execute("SELECT n, v FROM t"))
    assert rows == {number: bytes(700) if number % 7 == 0 else bytes([number]) * 700 for number in range(ROWS)}


def test_what_no_commit_has_promised_is_not_taken_for_committed(files: tuple[bytes, bytes]) -> None:
    end, pages = committed_end(files[1])
    assert end == len(files[1])
    assert pages
    shorter, _ = committed_end(files[1][:-1])
    assert shorter < end
    assert committed_end(b"") == (0, {})


@pytest.mark.parametrize("seed", range(25))
def test_a_worn_card_is_noticed(seed: int, files: tuple[bytes, bytes], tmp_path: Path) -> None:
    torn = wear_out(Random(seed), files[0])
    assert torn != files[0]
    with closing(sqlite3.connect(put_down(tmp_path, torn, b""))) as db, pytest.raises((sqlite3.Error, AssertionError)):
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
