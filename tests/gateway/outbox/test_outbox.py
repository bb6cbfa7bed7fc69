"""The outbox: order, repeats, receipts, bounds; and by random walks that no flag leaves it without a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outbox.outbox import WINDOW, Outbox, flag_counts, oldest_ms, waiting
from gateway.outbox.priority import Rank, rank_of
from gateway.state.store import Store
from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.wire.envelope import Envelope
from models.wire.messages import ReceiptLine, ReceiptStatus

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def envelope(message_id: str, kind: str = "flag") -> Envelope:
    return Envelope(message_id, "gw", "boot", 1, AT, kind, {})


def receipt(*message_ids: str) -> list[ReceiptLine]:
    return [ReceiptLine(one, ReceiptStatus.STORED) for one in message_ids]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "gateway.sqlite", "now")
    yield one
    one.close()


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store, receipt_s=10, max_summaries=3)


def put(store: Store, outbox: Outbox, name: str, rank: Rank = Rank.OTHER_FLAG) -> bool:
    with store.transaction() as db:
        if rank is Rank.HEARTBEAT:
            outbox.hold(rank, envelope(name, "heartbeat"))
            return True
        if rank is Rank.SUMMARY:
            outbox.put(db, rank, envelope(name, "usage_summary"))
            return True
        return outbox.put_flag(db, name, "raised", rank, envelope(name))


def ids(outbox: Outbox, now: float) -> list[str]:
    return [one.message_id for one in outbox.lease(now)]


def test_smoke_goes_first_then_people_then_the_rest(store: Store, outbox: Outbox) -> None:
    for name, rank in (("summary", Rank.SUMMARY), ("device", Rank.OTHER_FLAG), ("beat", Rank.HEARTBEAT)):
        put(store, outbox, name, rank)
    put(store, outbox, "person", Rank.PERSON)
    put(store, outbox, "smoke", Rank.SMOKE)
    assert ids(outbox, 0) == ["smoke", "person", "device", "beat", "summary"]


@pytest.mark.parametrize(
    ("kind", "severity", "rank"),
    [
        (FlagKind.SMOKE, Severity.CRITICAL, Rank.SMOKE),
        (FlagKind.SMOKE, Severity.INFO, Rank.SMOKE),
        (FlagKind.INACTIVITY, Severity.URGENT, Rank.PERSON),
        (FlagKind.INACTIVITY, Severity.CRITICAL, Rank.SMOKE),
        (FlagKind.DEVICE_SILENT, Severity.MAINTENANCE, Rank.OTHER_FLAG),
    ],
)
def test_the_rank_of_a_flag(kind: FlagKind, severity: Severity, rank: Rank) -> None:
    flag = Flag("h", kind, severity, FlagEvent.RAISED, AT, AT, 1.0, "r", Evidence({}, "", ""), "e")
    assert rank_of(flag) is rank


def test_what_is_on_its_way_is_not_sent_again_before_its_receipt_is_overdue(store: Store, outbox: Outbox) -> None:
    put(store, outbox, "a")
    assert ids(outbox, 0) == ["a"]
    assert ids(outbox, 9.9) == []
    assert outbox.next_due(9) == pytest.approx(1.0)
    again = outbox.lease(10)
    assert [(one.message_id, one.attempt) for one in again] == [("a", 2)]
    assert ids(outbox, 29.9) == []
    assert ids(outbox, 30) == ["a"]


def test_only_a_receipt_takes_a_flag_out_and_a_second_one_changes_nothing(store: Store, outbox: Outbox) -> None:
    put(store, outbox, "a")
    outbox.lease(0)
    assert flag_counts(store.db).receipted == 0
    assert outbox.done(receipt("a"), 5) == 1
    assert outbox.done([ReceiptLine("a", ReceiptStatus.DUPLICATE)], 9) == 0
    assert outbox.done(receipt("never sent"), 9) == 0
    assert ids(outbox, 1000) == []
    row = store.db.execute("SELECT receipted, status FROM sent_flags").fetchone()
    assert row == (5, "stored")


def test_the_same_flag_is_taken_once(store: Store, outbox: Outbox) -> None:
    assert put(store, outbox, "a")
    assert not put(store, outbox, "a")
    outbox.done(receipt("a"), 5)
    assert not put(store, outbox, "a"), "a flag that ingest has is not sent anew"
    assert ids(outbox, 0) == []


def test_a_full_window_holds_back_all_but_smoke(store: Store, outbox: Outbox) -> None:
    for number in range(WINDOW + 5):
        put(store, outbox, f"f{number:03d}")
    assert len(ids(outbox, 0)) == WINDOW
    put(store, outbox, "smoke", Rank.SMOKE)
    assert ids(outbox, 1) == ["smoke"]
    outbox.done(receipt("f000", "f001"), 0)
    assert ids(outbox, 2) == [f"f{WINDOW:03d}"]


def test_messages_that_are_never_receipted_do_not_keep_the_window_to_themselves(store: Store, outbox: Outbox) -> None:
    for number in range(WINDOW):
        put(store, outbox, f"stuck{number:03d}", Rank.PERSON)
    put(store, outbox, "new", Rank.PERSON)
    sent_at = next(second for second in range(0, 3600, 5) if "new" in ids(outbox, second))
    assert 0 < sent_at <= 120


def test_a_new_heartbeat_replaces_the_old_one_and_summaries_are_bounded(store: Store, outbox: Outbox) -> None:
    for number in range(6):
        put(store, outbox, f"beat{number}", Rank.HEARTBEAT)
        put(store, outbox, f"sum{number}", Rank.SUMMARY)
        put(store, outbox, f"flag{number}")
    assert waiting(store.db) == {"flag": 6, "usage_summary": 3}, "a heartbeat is not written down"
    assert ids(outbox, 0) == [*(f"flag{number}" for number in range(6)), "beat5", "sum3", "sum4", "sum5"]
    assert outbox.done(receipt("beat4", "beat5"), 1) == 1
    outbox.hurry()
    assert "beat5" not in ids(outbox, 1)
    assert oldest_ms(store.db) == 1795435200000


def test_given_back_messages_and_hurried_ones_are_due_at_once(store: Store, outbox: Outbox) -> None:
    put(store, outbox, "a")
    put(store, outbox, "b")
    outbox.lease(0)
    outbox.give_back(["a"])
    assert ids(outbox, 1) == ["a"]
    outbox.hurry()
    assert ids(outbox, 1) == ["a", "b"]


def test_pruning_forgets_old_receipts_and_never_a_waiting_flag(store: Store, outbox: Outbox) -> None:
    for name in ("old", "new", "waiting"):
        put(store, outbox, name)
    outbox.done(receipt("old"), 10)
    outbox.done(receipt("new"), 20)
    assert outbox.prune(20) == 1
    assert {row[0] for row in store.db.execute("SELECT flag_id FROM sent_flags")} == {"new", "waiting"}


def test_the_ledger_shows_a_flag_that_vanished_without_a_receipt(store: Store, outbox: Outbox) -> None:
    put(store, outbox, "a")
    assert flag_counts(store.db).lost == 0
    store.db.execute("DELETE FROM outbox")
    assert flag_counts(store.db).lost == 1


_STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 30)),
    st.tuples(st.just("beat"), st.integers(0, 1000)),
    st.tuples(st.just("summary"), st.integers(0, 1000)),
    st.tuples(st.just("held summary"), st.integers(0, 1000)),
    st.tuples(st.just("held flag"), st.integers(0, 30)),
    st.tuples(st.just("summary's receipt"), st.integers(0, 0)),
    st.tuples(st.just("commit"), st.integers(0, 0)),
    st.tuples(st.just("lease"), st.floats(0, 100)),
    st.tuples(st.just("receipt"), st.integers(0, 30)),
    st.tuples(st.just("restart"), st.integers(0, 0)),
    st.tuples(st.just("hurry"), st.integers(0, 0)),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(_STEP, max_size=60))
def test_whatever_happens_a_flag_waits_until_its_receipt_and_ends_with_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    path = tmp_path_factory.mktemp("walk") / "gateway.sqlite"
    store = Store(path, "now")
    outbox = Outbox(store, 10, 2)
    made: set[str] = set()
    receipted: set[str] = set()
    in_memory: set[str] = set()
    now = 0.0

    def commit() -> None:
        with store.transaction() as db:
            outbox.write_down(db)
        outbox.written()
        in_memory.clear()

    for number, (verb, value) in enumerate(steps):
        if verb == "put":
            commit()
            made.add(f"f{value}")
            put(store, outbox, f"f{value}", Rank.SMOKE if value % 3 == 0 else Rank.PERSON)
        elif verb in ("beat", "summary"):
            put(store, outbox, f"{verb}{number}", Rank.HEARTBEAT if verb == "beat" else Rank.SUMMARY)
        elif verb == "held summary":
            outbox.hold(Rank.SUMMARY, envelope(f"{verb}{number}", "usage_summary"))
        elif verb == "held flag":
            if outbox.hold_flag(f"f{value}", "raised", Rank.PERSON, envelope(f"f{value}")):
                made.add(f"f{value}")
                in_memory.add(f"f{value}")
        elif verb == "commit":
            commit()
        elif verb == "lease":
            now += value
            leased = outbox.lease(now)
            assert [one.rank for one in leased] == sorted(one.rank for one in leased)
            assert not {one.message_id for one in leased} & receipted
        elif verb == "summary's receipt":
            outbox.done(receipt(*(one.message_id for one in outbox.lease(now) if one.kind == "usage_summary")), number)
        elif verb == "receipt" and f"f{value}" in made:
            receipted.add(f"f{value}")
            outbox.done(receipt(f"f{value}"), number)
        elif verb == "restart":
            made -= in_memory
            receipted -= in_memory
            in_memory.clear()
            store.close()
            store = Store(path, "now")
            outbox = Outbox(store, 10, 2)
        elif verb == "hurry":
            outbox.hurry()
        there = {row[0] for row in store.db.execute("SELECT message_id FROM outbox WHERE kind = 'flag'")}
        assert there == made - receipted - in_memory
        assert {name for name in made if outbox.is_waiting(name)} == made - receipted
        assert waiting(store.db).get("usage_summary", 0) <= 2
    commit()
    counts = flag_counts(store.db)
    assert (counts.created, counts.receipted, counts.lost) == (len(made), len(receipted), 0)
    store.close()
