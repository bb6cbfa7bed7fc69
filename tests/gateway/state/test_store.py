"""The state file: nothing half written, rubbish moved aside, newer versions left alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import gateway.state.store
from gateway.state.store import VERSION, Store, StoreError, read_only


def test_what_a_transaction_left_is_there_after_a_kill_and_what_it_did_not_leave_is_not(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    store = Store(path, "now")
    with store.transaction():
        store.remember("kept", "yes")

    def half() -> None:
        with store.transaction():
            store.remember("lost", "yes")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half()
    store.close()
    again = Store(path, "now")
    assert again.fact("kept") == "yes"
    assert again.fact("lost") is None
    assert again.repaired is None
    again.close()


def test_nobody_else_may_read_it_even_where_it_was_made_before_that_was_so(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    for _ in range(2):
        store = Store(path, "now")
        with store.transaction():
            store.remember("a", "b")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("gateway.sqlite*")}
        store.close()
        del modes["gateway.sqlite.lock"]
        assert modes == dict.fromkeys(("gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm"), 0o600)
        path.chmod(0o644)


def test_who_may_not_read_it_is_told_who_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path / "gateway.sqlite", "now").close()
    monkeypatch.setattr("os.access", lambda *_: False)  # root may always
    with pytest.raises(StoreError, match="the gateway's own user alone"):
        read_only(tmp_path / "gateway.sqlite")


def test_a_file_with_a_place_that_cannot_be_read_makes_room_like_an_unsound_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gateway.sqlite"
    Store(path, "now").close()
    check, worn = gateway.state.store._check_sound, [True]

    def look(db: sqlite3.Connection) -> None:
        if worn:
            worn.clear()
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
            raise error
        check(db)

    monkeypatch.setattr("gateway.state.store._check_sound", look)
    store = Store(path, "later")
    assert store.repaired == tmp_path / "gateway.sqlite.unsound-later"
    store.close()


def test_it_writes_through_to_the_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.sqlite", "now")
    assert store.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()


@pytest.mark.parametrize("where", ["head", "middle", "all"])
def test_an_unsound_file_makes_room_and_is_kept_for_repair(tmp_path: Path, where: str) -> None:
    path = tmp_path / "gateway.sqlite"
    store = Store(path, "now")
    with store.transaction() as db:
        for number in range(2000):
            db.execute("INSERT INTO facts VALUES (?, ?)", (f"fact {number}", "x" * 100))
    store.close()
    content = bytearray(path.read_bytes())
    spots = {"head": slice(0, 100), "middle": slice(20_000, 60_000), "all": slice(0, len(content))}
    content[spots[where]] = b"\x5a" * len(content[spots[where]])
    path.write_bytes(content)
    again = Store(path, "20261123T120000Z")
    assert again.repaired == tmp_path / "gateway.sqlite.unsound-20261123T120000Z"
    assert again.repaired.read_bytes() == content
    assert again.fact("fact 1") is None
    with again.transaction():
        again.remember("works", "again")
    again.close()


def test_of_many_unsound_files_the_newest_three_are_kept_with_what_belongs_to_them(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    for number in range(5):
        path.write_bytes(b"this is no database" * 100)
        path.with_name("gateway.sqlite-wal").write_bytes(b"nor is this its log")
        Store(path, f"2026112{number}T120000Z").close()
    kept = sorted(one.name for one in tmp_path.glob("*.unsound-*"))
    unsound = [f"gateway.sqlite.unsound-2026112{number}T120000Z" for number in (2, 3, 4)]
    assert [name for name in kept if not name.endswith(("-wal", "-shm"))] == unsound
    assert {name.removesuffix("-wal").removesuffix("-shm") for name in kept} == set(unsound)


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="install the newer"):
        Store(path, "now")
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="check that the folder is there"):
        Store(tmp_path / "nowhere" / "gateway.sqlite", "now")


def test_one_file_serves_one_gateway_and_a_reader_disturbs_nobody(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    with pytest.raises(StoreError, match="is not there"):
        read_only(path)
    store = Store(path, "now")
    with pytest.raises(StoreError, match="another gateway"):
        Store(path, "now")
    with closing(read_only(path)) as reader, store.transaction():
        store.remember("while", "reading")
        assert reader.execute("SELECT count(*) FROM facts").fetchone() == (0,)
    store.close()
    Store(path, "now").close()


def test_a_full_disk_is_called_by_its_name_and_the_store_works_on_when_there_is_room(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.sqlite", "now")
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 1}")

    def too_much() -> None:
        with store.transaction():
            for number in range(50):
                store.remember(f"fact {number}", "x" * 3000)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        too_much()
    store.db.execute("PRAGMA max_page_count = 1000000")
    too_much()
    assert store.fact("fact 49") == "x" * 3000
    store.close()
