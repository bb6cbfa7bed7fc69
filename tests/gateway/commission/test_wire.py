"""One question on a line where another answer is still on its way."""

from __future__ import annotations

import asyncio

import pytest

from gateway.commission.search.wire import ProbeWire, WireSpeed
from gateway.protocols import mbus
from tests.gateway.commission.conftest import put
from tests.gateway.links.null_modem import null_modem
from tests.virtual_time import LoopClock

pytestmark = pytest.mark.virtual_time

SPEED = WireSpeed(2400, "E")
"""A rest of 33 bits is 14 ms, five bytes take 23 ms."""


async def test_an_answer_that_comes_late_and_in_pieces_is_not_taken_for_the_next_ones() -> None:
    ours, theirs = null_modem()
    await ours.open()
    await theirs.open()
    wire = ProbeWire(ours, SPEED, LoopClock(), answer_s=0.1)
    loop = asyncio.get_running_loop()
    late = mbus.answer(7, 0x72, b"\x01" * 12)
    loop.call_later(0.14, put, theirs, late[:6])
    loop.call_later(0.20, put, theirs, late[6:])
    question = mbus.reset_request(9)
    assert (await wire.ask(question, mbus.framer(), 1.0)).silent
    loop.call_later(0.35, put, theirs, mbus.ACK)
    reply = await wire.ask(question, mbus.framer(), 1.0)
    assert [frame.is_ack for frame in reply.frames] == [True]
    assert reply.troubles == ()


async def test_a_line_that_never_falls_quiet_is_asked_all_the_same() -> None:
    ours, theirs = null_modem()
    await ours.open()
    await theirs.open()

    async def babble() -> None:
        while True:
            await theirs.write(b"\x55")
            await asyncio.sleep(0.05)

    task = asyncio.create_task(babble())
    reply = await ProbeWire(ours, SPEED, LoopClock()).ask(mbus.reset_request(9), mbus.framer(), 0.1)
    task.cancel()
    assert reply.troubles
    assert LoopClock().monotonic() < 10
