"""The MQTT door on a real mosquitto: receipts only after the commit, nothing lost, strangers get silence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable

import paho.mqtt.client as paho
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.incoming import accept_envelopes as accept_envelope
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.fleet.actions import hear_gateway
from ingest.intake import mqtt
from ingest.intake.batching import Batcher
from ingest.intake.mqtt import MqttIntake
from ingest.settings import Broker
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import inbox
from ingest.store.tickets.tables import tickets
from models.wire.codec import decode, read_body
from models.wire.messages import Receipt
from models.wire.seal import Direction, derive_key, unseal
from tests.ingest.intake.conftest import Mosquitto, Uplink
from tests.ingest.town import MASTER, NOON, Town, flag


class Door:
    """The intake with everything behind it."""

    def __init__(self, town: Town, port: int, client_id: str) -> None:
        self.commits = 0
        self.batcher = Batcher(town.ctx, lambda: NOON, self._committed)
        self.intake = MqttIntake(
            Broker("127.0.0.1", port),
            client_id,
            batcher=self.batcher,
            receipts=ReceiptWriter(town.ctx.keys),
            clock=lambda: NOON,
        )

    def _committed(self) -> None:
        self.commits += 1


@contextlib.asynccontextmanager
async def open_door(town: Town, port: int, client_id: str = "ingest-1") -> AsyncIterator[Door]:
    door = Door(town, port, client_id)
    subscribed = threading.Event()
    door.intake._client.on_subscribe = lambda *_: subscribed.set()
    work = asyncio.create_task(door.batcher.run())
    door.intake.start()
    await asyncio.wait_for(door.intake.connected.wait(), 60)
    assert await asyncio.to_thread(subscribed.wait, 60)
    try:
        yield door
    finally:
        await door.intake.stop()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.05)


async def receipts(uplink: Uplink, count: int) -> list[tuple[str, str]]:
    """Wait for `count` receipt lines: (message id, status)."""
    lines: list[tuple[str, str]] = []
    while len(lines) < count:
        sealed = await asyncio.to_thread(uplink.received.get, True, 60)
        _, data = unseal(lambda name: derive_key(MASTER, name), Direction.DOWN, sealed)
        envelope = decode(data)
        lines += [(line.message_id, line.status.value) for line in read_body(envelope, Receipt).lines]
    return lines


async def test_each_message_gets_its_receipt_and_a_repeat_is_a_duplicate(
    town: Town, mosquitto: Mosquitto, uplink: Uplink
) -> None:
    async with open_door(town, mosquitto.port):
        sealed = [town.sealed(flag(home=f"h-{n}", episode=f"e-{n}"), message_id=f"m-{n}") for n in range(1, 11)]
        for one in [*sealed, sealed[0]]:
            await asyncio.to_thread(uplink.publish, one)
        lines = await receipts(uplink, 11)
    assert sorted(lines) == sorted([*((f"m-{n}", "stored") for n in range(1, 11)), ("m-1", "duplicate")])
    assert await town.count(tickets) == 10


async def test_two_ingesters_share_the_work_and_nothing_is_done_twice(
    town: Town, mosquitto: Mosquitto, uplink: Uplink
) -> None:
    async with open_door(town, mosquitto.port, "a") as one, open_door(town, mosquitto.port, "b") as two:
        for n in range(20):
            await asyncio.to_thread(uplink.publish, town.sealed(flag(home=f"h-{n + 1}", episode=f"e-{n}")))
        lines = await receipts(uplink, 20)
        assert one.commits > 0
        assert two.commits > 0
    assert {status for _, status in lines} == {"stored"}
    assert await town.count(inbox) == 20


async def test_without_a_commit_there_is_no_receipt_and_the_broker_brings_it_again(
    town: Town, mosquitto: Mosquitto, uplink: Uplink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def no_commit(_: object) -> None:
        raise OSError("disk full at +8613800000000")

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr("ingest.actions.incoming.accept_envelopes.count_change", no_commit)
        async with open_door(town, mosquitto.port):
            await asyncio.to_thread(uplink.publish, town.sealed(flag(), message_id="m-1"))
            await until(lambda: "messages can not be stored" in caplog.text)
            with pytest.raises(queue.Empty):
                await asyncio.to_thread(uplink.received.get, True, 1.0)
    assert await town.count(inbox) == 0
    assert "messages can not be stored (OSError at" in caplog.text
    assert "+86138" not in caplog.text
    async with open_door(town, mosquitto.port):
        assert await receipts(uplink, 1) == [("m-1", "stored")]
    assert await town.count(tickets) == 1


async def test_a_database_that_comes_back_finds_the_door_open_however_many_messages_waited(
    town: Town, mosquitto: Mosquitto, uplink: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, tried = True, list[int]()
    count = count_change

    async def now_and_then(connection: AsyncConnection) -> None:
        if away:
            tried.append(1)
            raise OSError("the database is away")
        await count(connection)

    monkeypatch.setattr(accept_envelope, "count_change", now_and_then)
    monkeypatch.setattr(mqtt, "RECEIVE_MAXIMUM", 4)
    async with open_door(town, mosquitto.port):
        for n in range(1, 11):
            await asyncio.to_thread(uplink.publish, town.sealed(flag(home=f"h-{n}", episode=f"e-{n}")))
        await until(lambda: len(tried) >= 2)
        assert await town.count(inbox) == 0
        away = False
        assert {status for _, status in await receipts(uplink, 10)} == {"stored"}
    assert await town.count(tickets) == 10


class _NoSuchSignError(Exception):
    sqlstate = "22021"


@pytest.mark.parametrize(
    ("fault", "give_up_s"),
    [
        (RuntimeError("a fault of ours"), mqtt.GIVE_UP_AFTER_S),
        (DBAPIError("INSERT", {}, _NoSuchSignError()), mqtt.GIVE_UP_AFTER_S),
        (OperationalError("INSERT", {}, Exception("the database is away")), 0.6),
    ],
    ids=["ours, at once", "its own, at once", "the database's, after a while"],
)
async def test_a_message_that_always_fails_is_let_go_and_the_door_stays_open(
    town: Town,
    mosquitto: Mosquitto,
    uplink: Uplink,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    give_up_s: float,
) -> None:
    async def faulty(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(hear_gateway, "note_usage", faulty)
    monkeypatch.setattr(mqtt, "RECEIVE_MAXIMUM", 2)
    monkeypatch.setattr(mqtt, "GIVE_UP_AFTER_S", give_up_s)
    async with open_door(town, mosquitto.port):
        for n in range(4):
            bad = town.sealed({"home": "h-1", "hours": []}, kind="usage_summary", message_id=f"bad-{n}")
            await asyncio.to_thread(uplink.publish, bad)
        await asyncio.to_thread(uplink.publish, town.sealed(flag(), message_id="good"))
        assert await receipts(uplink, 1) == [("good", "stored")]


async def test_one_message_that_fails_does_not_stop_the_others(
    town: Town, mosquitto: Mosquitto, uplink: Uplink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faulty(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("ingest.fleet.actions.hear_gateway.note_usage", faulty)
    bad = {"home": "h-1", "hours": []}
    async with open_door(town, mosquitto.port):
        await asyncio.to_thread(uplink.publish, town.sealed(bad, kind="usage_summary", message_id="bad"))
        for n in range(1, 6):
            await asyncio.to_thread(uplink.publish, town.sealed(flag(home=f"h-{n}", episode=f"e-{n}")))
        lines = await receipts(uplink, 5)
    assert "bad" not in {message_id for message_id, _ in lines}
    assert await town.count(tickets) == 5


async def test_a_broker_that_dies_is_found_again(town: Town, mosquitto: Mosquitto, uplink: Uplink) -> None:
    async with open_door(town, mosquitto.port) as door:
        mosquitto.kill()
        await asyncio.to_thread(mosquitto.start)
        await asyncio.sleep(0)
        give_up = asyncio.get_running_loop().time() + 60
        lines: list[tuple[str, str]] = []
        while not lines and asyncio.get_running_loop().time() < give_up:
            again = await asyncio.to_thread(Uplink, mosquitto.port, "gw-1")
            await asyncio.to_thread(again.publish, town.sealed(flag(), message_id="m-1"))
            with contextlib.suppress(queue.Empty):
                sealed = await asyncio.to_thread(again.received.get, True, 5)
                lines.append((sealed[:8].decode(), "came"))
            await asyncio.to_thread(again.close)
        assert lines == [("LS1 gw-1", "came")]
        assert door.commits >= 1
    assert await town.count(tickets) == 1


async def test_strangers_and_gateways_on_other_topics_get_silence_and_do_not_come_again(
    town: Town, mosquitto: Mosquitto, uplink: Uplink, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with open_door(town, mosquitto.port):
            await asyncio.to_thread(uplink.publish, b"hello")
            await asyncio.to_thread(uplink.publish, town.sealed(flag()), "gw-2")
            await asyncio.to_thread(uplink.publish, town.sealed(flag(), message_id="mine"))
            assert await receipts(uplink, 1) == [("mine", "stored")]
            await until(lambda: caplog.text.count("denied") == 2)
        denied = caplog.text.count("denied")
        async with open_door(town, mosquitto.port):
            await asyncio.sleep(0.5)
    assert (denied, caplog.text.count("denied")) == (2, 2)
    assert await town.count(inbox) == 1


async def test_a_client_that_trips_does_not_leave_the_door_deaf(
    town: Town, mosquitto: Mosquitto, uplink: Uplink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handle, trips = paho.Client._packet_handle, iter([RuntimeError("a bug in the client")])

    def tripping(client: paho.Client) -> int:
        done = handle(client)
        if client._client_id == b"ingest-1" and (error := next(trips, None)) is not None:
            raise error
        return done

    monkeypatch.setattr(paho.Client, "_packet_handle", tripping)
    async with open_door(town, mosquitto.port):
        await asyncio.to_thread(uplink.publish, town.sealed(flag(), message_id="m-1"))
        assert await receipts(uplink, 1) == [("m-1", "stored")]
    assert "paho has tripped" in caplog.text
