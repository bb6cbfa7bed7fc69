"""An unsound state file gives back what can still be read, and never a home that believes it has told what is lost."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.outbox.outbox import Outbox, flag_counts
from gateway.outbox.priority import Rank
from gateway.state.store import Store, StoreError
from models.wire.envelope import Envelope
from models.wire.messages import ReceiptLine, ReceiptStatus

AT = datetime(2026, 11, 24, tzinfo=UTC)
PAGE = 4096
FLAGS, RECEIPTED, HOMES = 600, 200, 50


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file with 600 flags, 200 of them receipted, and the memories of 50 homes."""
    store = Store(tmp_path / "gateway.sqlite", "before")
    outbox = Outbox(store, receipt_s=10, max_summaries=10)
    with store.transaction() as db:
        for number in range(FLAGS):
            name = f"m-{number:04}"
            outbox.put_flag(db, f"f-{number:04}", "raised", Rank.SMOKE, Envelope(name, "gw", "b", 1, AT, "flag", {}))
        for number in range(HOMES):
            db.execute("INSERT INTO home_state VALUES (?, ?, 1)", (f"h-{number:03}", b"x" * 3000))
        store.remember("ledger", "r-1")
    outbox.done([ReceiptLine(f"m-{number:04}", ReceiptStatus.STORED) for number in range(RECEIPTED)], 5)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return tmp_path / "gateway.sqlite"


def pages_of(path: Path, name: str) -> list[int]:
    """The pages of a table's rows, from 0."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT pageno - 1 FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (name,)).fetchall()
    return [int(page) for (page,) in found]


def spoil(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xff" * PAGE)


def content(store: Store) -> tuple[int, int, int]:
    """Waiting messages, receipted flags and homes."""
    counts = flag_counts(store.db)
    waiting = store.db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    return waiting, counts.receipted, store.db.execute("SELECT count(*) FROM home_state").fetchone()[0]


def add_changes(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        rows = [(f"h-{number:03}", b"y" * 400, 2) for number in range(HOMES)]
        db.executemany("INSERT INTO home_since VALUES (?, ?, ?)", rows)


@pytest.fixture
def reopened(path: Path) -> Iterator[list[Store]]:
    opened: list[Store] = []
    yield opened
    for one in opened:
        one.close()


def test_a_torn_page_of_memories_costs_only_memories(path: Path, reopened: list[Store]) -> None:
    pages = pages_of(path, "home_state")
    spoil(path, pages[len(pages) // 2])
    store = Store(path, "now")
    reopened.append(store)
    waiting, receipted, homes = content(store)
    assert (waiting, receipted, flag_counts(store.db).lost) == (FLAGS - RECEIPTED, RECEIPTED, 0)
    assert 0 < homes < HOMES
    assert store.fact("ledger") == "r-1"
    assert f"{waiting} waiting messages and the memories of {homes} homes were saved" in store.salvaged


def test_a_torn_page_of_messages_saves_the_others_and_lets_every_home_tell_again(
    path: Path, reopened: list[Store]
) -> None:
    pages = pages_of(path, "outbox")
    spoil(path, pages[len(pages) // 2])
    store = Store(path, "now")
    reopened.append(store)
    waiting, receipted, homes = content(store)
    assert FLAGS // 2 < waiting + RECEIPTED < FLAGS
    assert (receipted, homes) == (RECEIPTED, 0)
    assert flag_counts(store.db).lost == 0, "a flag that is gone is not in the ledger, so that it can be told again"
    lost = next(n for n in range(RECEIPTED, FLAGS) if not has(store, f"m-{n:04}"))
    outbox = Outbox(store, receipt_s=10, max_summaries=10)
    with store.transaction() as db:
        again = Envelope(f"m-{lost:04}", "gw", "b", 2, AT, "flag", {})
        assert outbox.put_flag(db, f"f-{lost:04}", "raised", Rank.SMOKE, again)


def test_memories_are_saved_with_what_has_changed_since_or_not_at_all(path: Path, reopened: list[Store]) -> None:
    add_changes(path)
    whole = path.read_bytes()
    spoil(path, pages_of(path, "facts")[0])
    reopened.append(Store(path, "first"))
    homes = content(reopened[0])[2]
    assert homes == HOMES
    assert reopened[0].db.execute("SELECT count(*) FROM home_since").fetchone() == (HOMES,)
    other = path.with_name("other.sqlite")
    other.write_bytes(whole)
    spoil(other, pages_of(other, "home_since")[0])
    reopened.append(Store(other, "second"))
    assert content(reopened[1]) == (FLAGS - RECEIPTED, RECEIPTED, 0), "an old memory would tell again what was told"
    assert reopened[1].db.execute("SELECT count(*) FROM home_since").fetchone() == (0,)


def has(store: Store, message_id: str) -> bool:
    return store.db.execute("SELECT 1 FROM outbox WHERE message_id = ?", (message_id,)).fetchone() is not None


def test_a_message_that_makes_no_sense_any_more_is_not_sent(path: Path, reopened: list[Store]) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE outbox SET envelope = ? WHERE message_id = 'm-0300'", (b"\x00" * 50,))
    spoil(path, pages_of(path, "home_state")[0])
    store = Store(path, "now")
    reopened.append(store)
    assert not has(store, "m-0300")
    assert content(store) == (FLAGS - RECEIPTED - 1, RECEIPTED, 0)


def test_what_can_not_be_written_is_not_given_up_but_tried_again_at_the_next_start(
    path: Path, reopened: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(path, pages_of(path, "home_state")[0])
    before = path.read_bytes()

    def full(*_: object) -> str:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("gateway.state.store.repair", full)
        with pytest.raises(StoreError, match="disk is full"):
            Store(path, "now")
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.unsound-*")) == []
    reopened.append(Store(path, "later"))
    assert content(reopened[0])[:2] == (FLAGS - RECEIPTED, RECEIPTED)


@pytest.mark.parametrize("seed", range(20))
def test_wherever_it_is_torn_the_new_file_is_sound_and_nothing_in_it_is_half(
    path: Path, reopened: list[Store], seed: int
) -> None:
    rng = random.Random(seed)
    pages = path.stat().st_size // PAGE
    for _ in range(rng.randint(1, 4)):
        spoil(path, rng.randrange(pages))
    store = Store(path, "now")
    reopened.append(store)
    assert store.db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert store.repaired is not None
    waiting, receipted, _ = content(store)
    assert waiting <= FLAGS - RECEIPTED
    assert receipted <= RECEIPTED
    assert flag_counts(store.db).lost == 0
