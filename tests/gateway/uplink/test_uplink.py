"""The uplink against doors that open, shut and lie: what is sent when, and what empties the outbox."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.outbox.outbox import Outbox, flag_counts
from gateway.outbox.priority import Rank
from gateway.state.store import Store
from gateway.uplink.http_door import DoorShutError
from gateway.uplink.uplink import Uplink
from models.wire.codec import decode, encode, write_body
from models.wire.envelope import Envelope
from models.wire.messages import AwayChanged, AwayEntry, Receipt, ReceiptLine, ReceiptStatus
from models.wire.seal import Direction, seal, unseal
from tests.virtual_time import LoopClock

KEY = b"k" * 32
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def down(body: Receipt | AwayChanged, kind: str, *, key: bytes = KEY, name: str = "gw") -> bytes:
    data = encode(Envelope("d-1", name, "ingest", 1, AT, kind, write_body(body)))
    return seal(key, "gw", Direction.DOWN, data)


def receipt_for(sealed: bytes) -> bytes:
    _, data = unseal(lambda _: KEY, Direction.UP, sealed)
    return down(Receipt([ReceiptLine(decode(data).message_id, ReceiptStatus.STORED)]), "receipt")


class FakeDoor:
    """A broker's door that remembers what was sent through it."""

    def __init__(self) -> None:
        self.connected = False
        self.sent: list[bytes] = []
        self.answers = False
        self._down: Callable[[bytes], None] = lambda _: None
        self._change: Callable[[str | None], None] = lambda _: None
        self.ack: Callable[[str | None], None] = lambda _: None

    async def start(
        self,
        on_down: Callable[[bytes], None],
        on_change: Callable[[str | None], None],
        on_ack: Callable[[str | None], None],
    ) -> None:
        self._down, self._change, self.ack = on_down, on_change, on_ack

    def open(self) -> None:
        self.connected = True
        self._change(None)

    def shut(self) -> None:
        self.connected = False
        self._change("gone")

    def send(self, sealed: bytes) -> bool:
        if not self.connected:
            return False
        self.sent.append(sealed)
        self.ack("nobody listens at the broker")
        if self.answers:
            asyncio.get_running_loop().call_soon(self._down, receipt_for(sealed))
        return True

    async def stop(self) -> None:
        self.connected = False


class FakeHttp:
    """A second door that answers with receipts, or is shut."""

    def __init__(self, before: Callable[[bytes], object] = lambda _: None) -> None:
        self.shut = False
        self.posted = 0
        self._before = before

    def post(self, sealed: bytes) -> bytes:
        self._before(sealed)
        if self.shut:
            raise DoorShutError("shut")
        self.posted += 1
        return receipt_for(sealed)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "gateway.sqlite", "now")
    yield one
    one.close()


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store, receipt_s=0.2, max_summaries=5)


def put(store: Store, outbox: Outbox, *names: str) -> None:
    with store.transaction() as db:
        for name in names:
            outbox.put_flag(db, name, "raised", Rank.SMOKE, Envelope(name, "gw", "b", 1, AT, "flag", {}))


@asynccontextmanager
async def running(
    outbox: Outbox,
    door: FakeDoor,
    http: FakeHttp | None = None,
    on_away: Callable[[AwayChanged], None] = lambda _: None,
) -> AsyncIterator[Uplink]:
    uplink = Uplink(
        gateway_id="gw",
        key=KEY,
        outbox=outbox,
        clock=LoopClock(),
        door=door,
        fallback=http,  # type: ignore[arg-type]
        on_away=on_away,
        on_settings=lambda _: None,
        on_on_call=lambda _: None,
    )
    task = asyncio.create_task(uplink.run())
    await asyncio.sleep(0.01)
    try:
        yield uplink
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.virtual_time
async def test_nothing_is_sent_while_the_broker_is_away_and_everything_when_it_comes(
    store: Store, outbox: Outbox
) -> None:
    door = FakeDoor()
    door.answers = True
    put(store, outbox, "a", "b")
    async with running(outbox, door) as uplink:
        await asyncio.sleep(100)
        assert door.sent == []
        assert any("broker" in one for one in uplink.state.troubles())
        door.open()
        await until(lambda: flag_counts(store.db).receipted == 2)
        assert len(door.sent) == 2


@pytest.mark.virtual_time
async def test_without_receipts_it_sends_again_with_growing_pauses_and_never_in_a_storm(
    store: Store, outbox: Outbox
) -> None:
    door = FakeDoor()
    put(store, outbox, "a")
    async with running(outbox, door) as uplink:
        door.open()
        await asyncio.sleep(1.6)
        assert 2 <= len(door.sent) <= 4, "0.2 s, then 0.4 s, then 0.8 s"
        assert any("no receipt" in one for one in uplink.state.troubles())
        assert any("nobody listens" in one for one in uplink.state.troubles())
        assert flag_counts(store.db).receipted == 0
        door.answers = True
        await until(lambda: flag_counts(store.db).receipted == 1)
        assert not any("no receipt" in one for one in uplink.state.troubles())


@pytest.mark.parametrize(
    ("name", "sealed"),
    [
        ("another key", down(Receipt([ReceiptLine("a", ReceiptStatus.STORED)]), "receipt", key=b"x" * 32)),
        ("another gateway inside", down(Receipt([ReceiptLine("a", ReceiptStatus.STORED)]), "receipt", name="gw-2")),
        ("no seal", b"{}"),
        ("nothing", b""),
        ("an unknown kind", down(Receipt([ReceiptLine("a", ReceiptStatus.STORED)]), "news")),
        ("our own words coming back", seal(KEY, "gw", Direction.UP, encode(Envelope("a", "gw", "b", 1, AT, "x", {})))),
        (
            "a receipt without lines",
            seal(KEY, "gw", Direction.DOWN, encode(Envelope("a", "gw", "b", 1, AT, "receipt", {}))),
        ),
    ],
)
async def test_only_ingests_own_receipt_empties_the_outbox(
    store: Store, outbox: Outbox, name: str, sealed: bytes
) -> None:
    door = FakeDoor()
    put(store, outbox, "a")
    async with running(outbox, door) as uplink:
        uplink.take(sealed)
    assert flag_counts(store.db).receipted == 0, name
    assert store.db.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


async def test_a_refusal_empties_the_outbox_and_is_told(store: Store, outbox: Outbox) -> None:
    put(store, outbox, "a")
    async with running(outbox, FakeDoor()) as uplink:
        line = ReceiptLine("a", ReceiptStatus.REFUSED, "home h-9 is not yours")
        uplink.take(down(Receipt([line]), "receipt"))
        assert uplink.state.last_refusal == "home h-9 is not yours"
    assert flag_counts(store.db).receipted == 1


async def test_news_of_the_away_ledger_is_handed_on(outbox: Outbox) -> None:
    told: list[AwayChanged] = []
    news = AwayChanged([AwayEntry("e-1", "h-1", AT, None, "daughter")])
    async with running(outbox, FakeDoor(), on_away=told.append) as uplink:
        uplink.take(down(news, "away_changed"))
    assert told == [news]


async def test_with_the_broker_away_the_http_door_is_used(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.uplink.uplink._HTTP_AFTER_S", 0.1)
    http = FakeHttp()
    http.shut = True
    put(store, outbox, "a", "b")
    async with running(outbox, FakeDoor(), http) as uplink:
        await until(lambda: uplink.state.http == "shut")
        assert flag_counts(store.db).receipted == 0
        http.shut = False
        await until(lambda: flag_counts(store.db).receipted == 2)
        assert http.posted == 2
        assert uplink.state.http is None


async def test_with_a_broker_that_leads_nowhere_the_http_door_is_tried_too(store: Store, outbox: Outbox) -> None:
    http, door = FakeHttp(), FakeDoor()
    put(store, outbox, "a")
    async with running(outbox, door, http):
        door.open()
        await until(lambda: flag_counts(store.db).receipted == 1)
    assert http.posted == 1


async def test_a_second_way_that_hangs_holds_up_no_new_alarm(store: Store, outbox: Outbox) -> None:
    door, hangs, let_go = FakeDoor(), threading.Event(), threading.Event()
    http = FakeHttp(lambda _: hangs.set() or let_go.wait(60))
    http.shut = True
    put(store, outbox, "a", "b", "c")
    async with running(outbox, door, http) as uplink:
        door.open()
        await until(hangs.is_set)  # the third try of each: one of them is under way by the second way
        put(store, outbox, "new")
        uplink.wake()
        try:
            await until(lambda: any(b'"new"' in one for one in door.sent), 30.0)
        finally:
            let_go.set()
    assert http.posted == 0


async def test_an_alarm_overtakes_what_waits_for_the_slow_way(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.uplink.uplink._HTTP_AFTER_S", 0.0)
    posted: list[bytes] = []

    def slowly(sealed: bytes) -> None:
        time.sleep(0.03)
        posted.append(sealed)

    http = FakeHttp(slowly)
    wide = Outbox(store, receipt_s=30, max_summaries=100)
    with store.transaction() as db:
        for number in range(30):
            wide.put(db, Rank.SUMMARY, Envelope(f"s-{number}", "gw", "b", 1, AT, "usage_summary", {}))
    async with running(wide, FakeDoor(), http) as uplink:
        uplink.wake()
        await until(lambda: len(posted) >= 2)
        put(store, wide, "smoke")
        before = len(posted)
        await until(lambda: any(b'"smoke"' in one for one in posted))
    overtaken = next(number for number, one in enumerate(posted) if b'"smoke"' in one)
    assert overtaken - before <= 6


@pytest.mark.virtual_time
async def test_a_door_that_shuts_while_sending_loses_nothing(store: Store, outbox: Outbox) -> None:
    door = FakeDoor()
    put(store, outbox, "a")
    async with running(outbox, door):
        door.open()
        await until(lambda: len(door.sent) == 1)
        door.shut()
        put(store, outbox, "b")
        await asyncio.sleep(0.3)
        assert len(door.sent) == 1
        door.answers = True
        door.open()
        await until(lambda: flag_counts(store.db).receipted == 2)
