"""What the homes decided and what is sent are one commit; a disk that takes nothing delays a flag and loses none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.outbox.outbox import Outbox, OutboxLoad, Waiting, flag_counts, waiting
from gateway.outbox.post import EnvelopeWriter, Sender
from gateway.outbox.priority import Rank
from gateway.pipeline import LEDGER, Pipeline
from gateway.state.facts import FactStore
from gateway.state.store import Store
from gateway.watch.clockwatch import ClockWatch
from gateway.watch.homes import HomeRoster, load_states
from gateway.watch.watcher import Watcher
from models.flag import FlagKind
from models.household.settings import DeviceWatch, HomeSettings
from models.quantity import Quantity, Unit
from models.reading import Reading
from models.wire.codec import decode
from models.wire.messages import AwayChanged, AwayEntry, AwayWhy, Heartbeat, ReceiptLine, ReceiptStatus, ToldLocally

START = datetime(2026, 11, 23, 4, tzinfo=UTC)
ROSTER = HomeRoster(
    {home: HomeSettings(devices=(DeviceWatch(f"{home}-s"), DeviceWatch(f"{home}-w"))) for home in ("h-1", "h-2")},
    {f"{home}-{kind}": home for home in ("h-1", "h-2") for kind in "sw"},
)


class Rig:
    """A pipeline on a store, as the app wires it."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path, "now")
        self.outbox = Outbox(self.store, 10, 100)
        self.clockwatch = ClockWatch()
        self.clockwatch.note(START, 0.0)
        self.loaded = load_states(self.store.db, ROSTER, START)
        self.watcher = Watcher(self.loaded.states, ROSTER.home_of)
        self.told = 0
        self.facts = FactStore(self.store)
        self.post = EnvelopeWriter(
            store=self.store,
            facts=self.facts,
            outbox=self.outbox,
            sender=Sender("gw", "boot"),
            clock=Clock(),
            on_sent=self._tell,
        )
        self.pipeline = Pipeline(
            store=self.store,
            facts=self.facts,
            outbox=self.outbox,
            post=self.post,
            watcher=self.watcher,
            clock=Clock(),
            clockwatch=self.clockwatch,
        )

    def _tell(self) -> None:
        self.told += 1

    def smoke(self, home: str, value: int, minute: float) -> None:
        at = START + timedelta(minutes=minute)
        self.pipeline.observe([Reading(f"{home}-s", Quantity.SMOKE, Decimal(value), Unit.COUNT, at)], at)

    def flags(self) -> list[dict[str, Any]]:
        rows = self.store.db.execute("SELECT envelope FROM outbox WHERE kind = 'flag' ORDER BY place")
        return [decode(row[0]).body for row in rows]

    def due(self) -> list[tuple[str, str]]:
        """What is to be sent now, with its home."""
        sent = [decode(one.envelope) for one in self.outbox.lease(0.0)]
        return [(one.kind, "" if one.kind == "heartbeat" else str(one.body["home"])) for one in sent]

    def two_hours(self, begin: int = 0) -> None:
        """Let two hours of water pass in a home."""
        for minute in range(begin, begin + 130, 5):
            at = START + timedelta(minutes=minute)
            value = Decimal(1000 + minute) / 100
            self.pipeline.observe([Reading("h-1-w", Quantity.WATER_VOLUME, value, Unit.CUBIC_METRE, at)], at)
            for home in self.pipeline.due(at):
                self.pipeline.tick(home, at)

    def saved(self) -> set[str]:
        return {row[0] for row in self.store.db.execute("SELECT home FROM home_state")}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    one = Rig(tmp_path / "gateway.sqlite")
    yield one
    one.store.close()


def test_a_flag_is_on_the_disk_with_its_homes_memory_when_observe_returns(rig: Rig, tmp_path: Path) -> None:
    rig.smoke("h-1", 1, 0)
    assert rig.told == 1
    with sqlite3.connect(f"file:{tmp_path}/gateway.sqlite?mode=ro", uri=True) as other:
        assert other.execute("SELECT count(*) FROM outbox").fetchone() == (1,)
        assert other.execute("SELECT home FROM home_state").fetchall() == [("h-1",)]
    other.close()


def test_after_a_kill_the_same_alarm_is_not_raised_again(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    first = Rig(path)
    first.smoke("h-1", 1, 0)
    first.store.close()
    second = Rig(path)
    second.smoke("h-1", 1, 1)
    assert flag_counts(second.store.db).created == 1
    second.store.close()


def test_a_lost_state_file_gives_the_same_alarm_the_same_message(tmp_path: Path) -> None:
    rigs = [Rig(tmp_path / name) for name in ("one.sqlite", "two.sqlite")]
    for rig in rigs:
        rig.smoke("h-1", 1, 0)
    ids = [rig.store.db.execute("SELECT message_id, flag_id FROM sent_flags").fetchall() for rig in rigs]
    assert ids[0] == ids[1]
    for rig in rigs:
        rig.store.close()


def test_quiet_homes_are_saved_later_and_only_those_that_changed(rig: Rig) -> None:
    at = START + timedelta(minutes=1)
    rig.pipeline.observe([Reading("h-2-w", Quantity.WATER_VOLUME, Decimal(5), Unit.CUBIC_METRE, at)], at)
    assert rig.saved() == set()
    rig.pipeline.save()
    assert rig.saved() == {"h-2"}
    assert rig.told == 0


def test_a_disk_that_takes_nothing_delays_a_flag_and_loses_none(rig: Rig) -> None:
    rig.store.db.execute("PRAGMA query_only = ON")
    rig.smoke("h-1", 1, 0)
    rig.smoke("h-2", 1, 1)
    assert rig.flags() == []
    assert rig.facts.disk_trouble is not None
    assert rig.due() == [("flag", "h-1"), ("flag", "h-2")], "they are sent all the same"
    assert len(rig.outbox.open_flags()) == 2
    rig.post.beat(Heartbeat("1", START, 60, 0, 0.0, clock_trusted=True))
    assert rig.due() == [("heartbeat", "")]
    rig.store.db.execute("PRAGMA query_only = OFF")
    rig.pipeline.let_go(START)
    assert [one["home"] for one in rig.flags()] == ["h-1", "h-2"]
    assert rig.saved() == {"h-1", "h-2"}
    assert rig.facts.disk_trouble is None
    assert rig.due() == [], "they are on their way still"


def test_a_disk_that_can_be_neither_read_nor_written_holds_back_no_smoke(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.smoke("h-1", 1, 0)
    assert rig.due() == [("flag", "h-1")]
    rig.store.db.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    rig.smoke("h-2", 1, 1)
    rig.pipeline.let_go(START)
    (sent,) = rig.outbox.lease(0.0)
    assert rig.outbox.to_send(sent, sent.created_ms + 3_600_000), "also when it says that it is late"
    assert [one.message_id for one in rig.outbox.open_flags()] == [sent.message_id], "and the modem has it"
    assert rig.outbox.made_before("h-2", 1) is None
    assert rig.outbox.load() == OutboxLoad(1, sent.created_ms)
    assert rig.facts.disk_trouble is not None
    assert sum("can't be read" in one.message for one in caplog.records) == 1
    rig.store.db.set_authorizer(None)
    rig.pipeline.let_go(START)
    assert [one["home"] for one in rig.flags()] == ["h-1", "h-2"]
    assert rig.outbox.load().waiting == 2


def test_a_receipt_that_the_disk_does_not_take_counts_all_the_same_and_is_written_later(rig: Rig) -> None:
    rig.smoke("h-1", 1, 0)
    rig.store.db.execute("PRAGMA query_only = ON")
    rig.smoke("h-2", 1, 1)
    sent = rig.outbox.lease(0.0)
    with pytest.raises(sqlite3.OperationalError):
        rig.outbox.done([ReceiptLine(one.message_id, ReceiptStatus.STORED) for one in sent], 7)
    assert rig.outbox.lease(1e9) == [], "nothing is sent again and again because a disk is full"
    assert not rig.outbox.open_flags()
    assert rig.outbox.load().waiting == 0
    rig.store.db.execute("PRAGMA query_only = OFF")
    rig.pipeline.let_go(START)
    counts = flag_counts(rig.store.db)
    assert (counts.created, counts.receipted, counts.lost) == (2, 2, 0)
    assert waiting(rig.store.db) == {}


def test_what_was_told_locally_reaches_ingest_while_the_disk_takes_nothing_and_is_remembered_later(rig: Rig) -> None:
    rig.store.db.execute("PRAGMA query_only = ON")
    rig.smoke("h-1", 1, 0)
    told = ToldLocally("ep", "h-1", FlagKind.SMOKE, [], "", None)
    rig.post.put(Rank.TOLD, told, ("local_alarm", "who was told"))
    rig.facts.remember("canary", "2026-11-26")
    sent = rig.outbox.lease(0.0)
    assert [one.kind for one in sent] == ["told_locally", "flag"], "before the flag, so that nobody is asked twice"
    assert all(rig.outbox.is_waiting(one.message_id) for one in sent)
    rig.outbox.done([ReceiptLine(sent[0].message_id, ReceiptStatus.STORED)], 1)
    assert not rig.outbox.is_waiting(sent[0].message_id)
    assert rig.store.fact("local_alarm") is None
    rig.store.db.execute("PRAGMA query_only = OFF")
    rig.pipeline.let_go(START)
    assert (rig.store.fact("local_alarm"), rig.store.fact("canary")) == ("who was told", "2026-11-26")
    assert waiting(rig.store.db) == {"flag": 1}


def test_before_the_clock_is_set_only_smoke_is_taken_in(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.clockwatch.note(datetime(1970, 1, 1, tzinfo=UTC), 1.0)
    seen: list[Reading] = []
    watch = rig.watcher.observe
    monkeypatch.setattr(rig.watcher, "observe", lambda one, now, **more: (seen.append(one), watch(one, now, **more))[1])
    rig.smoke("h-1", 1, 0)
    at = START + timedelta(minutes=1)
    rig.pipeline.observe([Reading("h-1-w", Quantity.WATER_VOLUME, Decimal(5), Unit.CUBIC_METRE, at)], at)
    assert [one.quantity for one in seen] == [Quantity.SMOKE]
    assert len(rig.flags()) == 1


def test_before_the_clock_is_set_a_fire_that_began_as_a_test_is_looked_at_again(rig: Rig) -> None:
    rig.clockwatch.note(datetime(1970, 1, 1, tzinfo=UTC), 1.0)
    both = ((Quantity.SMOKE, 1), (Quantity.SMOKE_TEST, 1))
    rig.pipeline.observe([Reading("h-1-s", what, Decimal(bit), Unit.COUNT, START) for what, bit in both], START)
    assert {flag["kind"] for flag in rig.flags()} == {FlagKind.TEST}
    rig.pipeline.tick("h-1", START + timedelta(seconds=62))
    assert FlagKind.SMOKE in {flag["kind"] for flag in rig.flags()}


@pytest.mark.parametrize("hours", [6, -3])
def test_a_leap_moves_the_homes_and_the_outbox_and_redates_what_was_read_before_it(rig: Rig, hours: int) -> None:
    by = timedelta(hours=hours)
    rig.smoke("h-1", 1, 0)
    made = rig.outbox.load().oldest_ms
    heard = rig.watcher.states["h-1"].devices["h-1-s"].heard
    now = START + timedelta(minutes=1) + by
    rig.pipeline.leap(by, now)
    assert rig.watcher.states["h-1"].devices["h-1-s"].heard == heard + by.total_seconds()
    assert made is not None
    assert rig.outbox.load().oldest_ms == made + by // timedelta(milliseconds=1)
    read_before = START + timedelta(seconds=50)
    rig.pipeline.observe([Reading("h-2-s", Quantity.SMOKE, Decimal(1), Unit.COUNT, read_before)], now)
    assert datetime.fromisoformat(rig.flags()[-1]["at"]) == now
    assert rig.watcher.states["h-2"].devices["h-2-s"].heard == (read_before + by).timestamp()


def test_a_flag_of_a_gateway_that_does_not_know_the_hour_says_so(rig: Rig) -> None:
    rig.smoke("h-1", 1, 0)
    post = EnvelopeWriter(
        store=rig.store,
        facts=rig.facts,
        outbox=rig.outbox,
        sender=Sender("gw", "boot"),
        clock=Clock(),
        is_certain=lambda: False,
    )
    (flag,) = rig.watcher.observe(Reading("h-2-s", Quantity.SMOKE, Decimal(1), Unit.COUNT, START), START)
    with rig.store.transaction() as db:
        post.put_flag(db, flag)
    assert [one["clock_trusted"] for one in rig.flags()] == [True, False]


def summaries(store: Store) -> int:
    return waiting(store.db).get("usage_summary", 0)


def hours_of(sent: list[Waiting]) -> list[Waiting]:
    return [one for one in sent if one.kind == "usage_summary"]


def test_hours_for_the_charts_are_queued_once(rig: Rig) -> None:
    rig.two_hours()
    rig.pipeline.summarize()
    assert ("usage_summary", "h-1") in rig.due()
    rig.pipeline.summarize()
    assert rig.due() == []


def test_hours_with_a_receipt_before_the_next_save_never_touch_the_disk_and_others_do(rig: Rig) -> None:
    rig.two_hours()
    rig.pipeline.summarize()
    assert summaries(rig.store) == 0
    (one,) = hours_of(rig.outbox.lease(0.0))
    rig.pipeline.save()
    assert summaries(rig.store) == 1, "with the memory that they were told"
    rig.outbox.done([ReceiptLine(one.message_id, ReceiptStatus.STORED)], 1)
    assert hours_of(rig.outbox.lease(1e9)) == []
    rig.two_hours(begin=180)
    rig.pipeline.summarize()
    (one,) = hours_of(rig.outbox.lease(1e9))
    rig.outbox.done([ReceiptLine(one.message_id, ReceiptStatus.STORED)], 1)
    before = rig.store.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    rig.pipeline.save()
    assert rig.store.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone() == before
    assert summaries(rig.store) == 0


def test_a_kill_before_the_save_makes_the_same_hours_come_again(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    first = Rig(path)
    first.two_hours()
    first.pipeline.save()
    first.pipeline.summarize()
    told = [decode(one.envelope).body for one in hours_of(first.outbox.lease(0.0))]
    first.store.close()
    second = Rig(path)
    second.pipeline.summarize()
    assert [decode(one.envelope).body for one in hours_of(second.outbox.lease(0.0))] == told
    second.store.close()


def test_a_flag_takes_the_hours_with_it_onto_the_disk(rig: Rig) -> None:
    rig.two_hours()
    rig.pipeline.summarize()
    rig.smoke("h-1", 1, 121)
    assert summaries(rig.store) == 1


def test_a_reading_of_nobodys_device_is_counted_and_leads_to_nothing(rig: Rig) -> None:
    rig.pipeline.observe([Reading("x", Quantity.SMOKE, Decimal(1), Unit.COUNT, START)], START)
    assert rig.watcher.strangers == 1
    assert rig.flags() == []


def test_the_away_ledger_is_saved_at_once_and_strange_homes_are_ignored(rig: Rig) -> None:
    entries = [AwayEntry("e-1", "h-1", START, None, "daughter"), AwayEntry("e-2", "h-9", START, None, "nobody")]
    rig.pipeline.tell_away(AwayChanged(entries), START)
    assert rig.saved() == {"h-1"}


def test_memories_that_cannot_be_read_start_anew_and_are_named(rig: Rig) -> None:
    rig.smoke("h-1", 1, 0)
    rig.store.db.execute("UPDATE home_state SET state = ? WHERE home = 'h-1'", (b'{"version": 99}',))
    loaded = load_states(rig.store.db, ROSTER, START)
    assert loaded.unreadable == ("h-1",)
    assert set(loaded.states) == {"h-1", "h-2"}


def test_a_whole_ledger_revokes_what_it_does_not_name_and_its_revision_is_kept(rig: Rig) -> None:
    entry = AwayEntry("a-1", "h-1", START, None, "daughter")
    rig.pipeline.tell_away(AwayChanged([entry], "r-1"), START)
    assert [span.entry_id for span in rig.watcher.states["h-1"].away] == ["a-1"]
    assert rig.store.fact(LEDGER) == "r-1"
    rig.pipeline.tell_away(AwayChanged([AwayEntry("a-2", "h-2", START, None, "son")]), START)
    assert rig.store.fact(LEDGER) == "r-1", "news without a revision are not the whole ledger"
    rig.pipeline.tell_away(AwayChanged([AwayEntry("a-3", "h-2", START, None, "son")], "r-2"), START)
    assert rig.watcher.states["h-1"].away == []
    assert [span.entry_id for span in rig.watcher.states["h-2"].away] == ["a-3"]
    assert rig.store.fact(LEDGER) == "r-2"


def test_the_same_ledger_told_twice_counts_an_absence_once_and_who_was_seen_well_is_not_away(rig: Rig) -> None:
    seen = AwayEntry("s-1", "h-2", START, START + timedelta(hours=2), "visit", why=AwayWhy.SEEN)
    ledger = AwayChanged([AwayEntry("a-1", "h-1", START, None, "daughter"), seen], "r-1")
    rig.pipeline.tell_away(ledger, START)
    rig.pipeline.tell_away(ledger, START)
    states = rig.watcher.states
    assert (states["h-1"].told_away, states["h-2"].told_away) == (1, 0)
    assert [span.entry_id for span in states["h-2"].away] == ["s-1"]
