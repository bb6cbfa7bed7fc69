"""The loop that owns a line: who is asked, what is yielded when meters or the line fail, and how it comes back."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.bus.exchange import Timing
from gateway.bus.loop import BusLoop, Poll, PolledDevice
from gateway.drivers.contract import Device, DeviceAnswer, Request
from gateway.drivers.registry import driver_for, load_documents
from gateway.links.contract import LinkDownError
from gateway.links.serial_port import SerialLink
from gateway.protocols import dlt645, modbus
from models.quantity import Quantity
from models.reading import Quality
from tests.gateway.links.null_modem import MemoryLink, null_modem
from tests.virtual_time import LoopClock

FAST = Timing(answer_s=0.1, gap_s=0.03, byte_s=0.0, retries=1)


def asked(*numbers: int, poll_s: float = 1.0) -> dict[str, PolledDevice]:
    paper = load_documents()["dlt645-2007"]
    driver = driver_for(paper)
    return {f"m-{n}": PolledDevice(Device(f"m-{n}", paper, f"{n:012d}"), driver, poll_s) for n in numbers}


def answer(frame: dlt645.Frame) -> bytes:
    di = dlt645.identifier_text(frame.data)
    value = bytes.fromhex(f"{int(frame.address):08d}" if di == "00010000" else "000100")[::-1]
    return dlt645.read_answer(frame.address, di, value)


@asynccontextmanager
async def answering(
    link: MemoryLink, spoil: Callable[[int, bytes], bytes] = lambda _, one: one
) -> AsyncIterator[list[str]]:
    """Meters of every address on the other end; `spoil(number, answer)` gives what really goes out."""
    heard: list[str] = []
    framer = dlt645.framer()

    async def run() -> None:
        await link.open()
        while True:
            data = await link.read(0.02)
            for frame in framer.feed(data) if data else framer.quiet():
                if isinstance(frame, dlt645.Frame) and not frame.is_answer:
                    heard.append(frame.address)
                    await link.write(spoil(len(heard), answer(frame)))

    task = asyncio.create_task(run())
    try:
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def take(loop: BusLoop, count: int, between: Callable[[int], None] = lambda _: None) -> list[Poll]:
    polls: list[Poll] = []
    async with asyncio.timeout(600), aclosing(loop.polls()) as stream:
        async for poll in stream:
            polls.append(poll)
            between(len(polls))
            if len(polls) == count:
                break
    return polls


@pytest.mark.virtual_time
async def test_every_device_is_asked_and_answers_as_itself() -> None:
    ours, theirs = null_modem()
    async with answering(theirs):
        polls = await take(BusLoop(ours, asked(1, 2, 3), FAST, LoopClock()), 3)
    energy = {one.device: one.value for poll in polls for one in poll.readings if one.quantity is Quantity.ENERGY}
    assert energy == {"m-1": Decimal("0.01"), "m-2": Decimal("0.02"), "m-3": Decimal("0.03")}
    assert all(poll.answered for poll in polls)


@pytest.mark.virtual_time
async def test_a_silent_meter_gives_readings_without_value_and_does_not_stop_the_others() -> None:
    ours, theirs = null_modem()
    async with answering(theirs, lambda _, one: b"" if one[1] == 2 else one):
        polls = await take(BusLoop(ours, asked(1, 2, 3), FAST, LoopClock()), 3)
    silent = polls[1]
    assert silent.device == "m-2"
    assert not silent.answered
    assert {(one.value, one.quality) for one in silent.readings} == {(None, Quality.NO_ANSWER)}
    assert polls[0].answered
    assert polls[2].answered


@pytest.mark.virtual_time
async def test_whatever_a_dirty_line_does_no_value_is_wrong_and_it_recovers() -> None:
    def spoil(number: int, one: bytes) -> bytes:
        match number % 6:
            case 0:
                return one[:9]
            case 1:
                return b"\x68\x68\x13" + one
            case 2:
                return one[:10] + bytes([one[10] ^ 0x21]) + one[11:]
            case 3:
                return b""
            case _:
                return one

    ours, theirs = null_modem()
    async with answering(theirs, spoil):
        polls = await take(BusLoop(ours, asked(7, 8, poll_s=1), FAST, LoopClock()), 6)
    for poll in polls:
        for one in poll.readings:
            if one.quantity is Quantity.ENERGY:
                assert one.value in (None, Decimal(int(poll.device[2:])) / 100)
    answered = [poll.answered for poll in polls]
    assert sum(answered) >= 4, answered


@pytest.mark.virtual_time
async def test_a_pulled_cable_gives_unanswered_polls_and_heals_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = null_modem()
    loop = BusLoop(ours, asked(1), FAST, LoopClock())

    def between(count: int) -> None:
        if count == 1:
            ours.unplug()
        if count == 3:
            ours.plug_in()

    caplog.set_level("INFO")
    async with answering(theirs):
        polls = await take(loop, 6, between)
    assert polls[0].answered
    assert [poll.line_down is not None for poll in polls[1:3]] == [True, True]
    assert all(one.value is None for poll in polls[1:3] for one in poll.readings)
    assert all(poll.readings for poll in polls)
    assert polls[-1].answered
    assert sum("is down" in one.message for one in caplog.records) == 1, "told once, not at every poll"
    assert sum("is back" in one.message for one in caplog.records) == 1


async def test_a_port_that_is_not_there_is_said_so_and_polled_on() -> None:
    (poll,) = await take(BusLoop(SerialLink("bus-1", "/dev/ttyNOSUCH", 2400, "E"), asked(1), FAST, LoopClock()), 1)
    assert poll.line_down is not None
    assert "is not there" in poll.line_down
    assert poll.readings


class Pty:
    """A pseudo terminal behind a stable name, like /dev/serial/by-id."""

    def __init__(self, name: Path) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        name.unlink(missing_ok=True)
        name.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        os.close(self.slave)
        os.close(self.master)


async def test_an_adapter_that_comes_back_as_another_tty_is_opened_again(tmp_path: Path) -> None:
    name = tmp_path / "by-id"
    first = Pty(name)
    link = SerialLink("bus-1", str(name), 2400, "E")
    await link.open()
    os.write(first.master, b"one")
    assert await link.read(60) == b"one"
    await link.write(b"two")
    assert os.read(first.master, 10) == b"two"
    first.unplug()
    with pytest.raises(LinkDownError):
        await link.read(60)
    with pytest.raises(LinkDownError):
        await link.open()
    second = Pty(name)
    for _ in range(3):  # even parity is refused by a pseudo terminal on some of these
        await link.open()
        os.write(second.master, b"again")
        assert await link.read(60) == b"again"
    link.close()
    second.unplug()


async def test_two_gateways_cannot_open_one_port(tmp_path: Path) -> None:
    pty = Pty(tmp_path / "by-id")
    first, second = (SerialLink(one, str(tmp_path / "by-id"), 2400, "N") for one in ("a", "b"))
    await first.open()
    with pytest.raises(LinkDownError):
        await second.open()
    first.close()
    await second.open()
    second.close()
    pty.unplug()


async def test_a_pattern_finds_the_adapter_wherever_it_is_and_refuses_to_guess(tmp_path: Path) -> None:
    link = SerialLink("bus-1", str(tmp_path / "usb-FT232*"), 2400, "N")
    with pytest.raises(LinkDownError, match="no port fits"):
        await link.open()
    first = Pty(tmp_path / "usb-FT232-a")
    await link.open()
    os.write(first.master, b"here")
    assert await link.read(60) == b"here"
    first.unplug()
    (tmp_path / "usb-FT232-a").unlink()
    second, third = Pty(tmp_path / "usb-FT232-b"), Pty(tmp_path / "usb-FT232-c")
    with pytest.raises(LinkDownError, match="2 ports fit"):
        await link.open()
    (tmp_path / "usb-FT232-c").unlink()
    await link.open()
    os.write(second.master, b"again")
    assert await link.read(60) == b"again"
    link.close()
    second.unplug()
    third.unplug()


@pytest.mark.virtual_time
async def test_a_line_rests_before_each_question_as_its_standard_asks() -> None:
    ours, theirs = null_modem()
    resting = Timing(answer_s=0.2, gap_s=0.03, byte_s=0.0, retries=0, rest_s=0.15)
    async with answering(theirs):
        polls = await take(BusLoop(ours, asked(1, 2), resting, LoopClock()), 2)
    assert all(poll.answered for poll in polls)
    assert polls[1].latency_s >= 0.3, "two questions, a rest before each"


@pytest.mark.virtual_time
async def test_a_nameless_answer_that_comes_late_is_never_taken_for_the_next_ones() -> None:
    """Two groups of registers of one size on Modbus RTU: nothing but time tells their answers apart."""
    paper = load_documents()["eastron-sdm120"]
    driver = driver_for(paper)
    device = Device("m", paper, "1")
    first, second = (replace_request(driver.requests(device)[0], key) for key in ("a", "b"))
    seen: list[str] = []

    class Nameless:
        """A driver that takes any answer for the one it waits for, as Modbus RTU must."""

        def framer(self) -> Any:
            return driver.framer()

        def requests(self, device: Device, serial: int = 0) -> list[Request]:
            return [first, second]

        def interpret(self, device: Device, request: Request, frame: Any, at: datetime) -> DeviceAnswer:
            seen.append(f"{request.key}:{frame.content.hex()}")
            return DeviceAnswer()

    ours, theirs = null_modem()
    await theirs.open()

    async def meter() -> None:
        for delay, content in ((0.15, b"\x00\x0a"), (0.0, b"\x00\x0b")):
            while not await theirs.read(0.05):
                pass
            await asyncio.sleep(delay)
            await theirs.write(modbus.encode_rtu(1, 4, modbus.answer_data(content)))

    timing = Timing(answer_s=0.1, gap_s=0.03, byte_s=0.0, retries=0, settle_s=0.2)
    task = asyncio.create_task(meter())
    await take(BusLoop(ours, {"m": PolledDevice(device, Nameless(), 60.0, timing)}, timing, LoopClock()), 1)  # type: ignore[arg-type]
    await task
    assert seen == ["b:000b"]


def replace_request(request: Request, key: str) -> Request:
    return replace(request, key=key)
