"""A thread that brings thousands of messages while the loop is busy neither mixes them up nor drowns a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time

import pytest

from gateway.links.crossing import LoopBridge as OfTheGateway
from ingest.intake.crossing import LoopBridge as OfIngest

MANY = 20_000
Kind = type[OfTheGateway] | type[OfIngest]
both = pytest.mark.parametrize("kind", [OfTheGateway, OfIngest], ids=["gateway", "ingest"])


@both
async def test_a_signal_is_heard_in_the_middle_of_a_flood_and_everything_comes_in_order(kind: Kind) -> None:
    loop, ended, came = asyncio.get_running_loop(), asyncio.Event(), list[int]()
    crossing = kind(loop)
    loop.add_signal_handler(signal.SIGUSR1, ended.set)

    def flood() -> None:
        for number in range(MANY):
            crossing.call(came.append, number)
        os.kill(os.getpid(), signal.SIGUSR1)

    thread = threading.Thread(target=flood)
    try:
        thread.start()
        # the loop is busy: this is what is tried here
        time.sleep(1.0)
        thread.join()
        async with asyncio.timeout(30):
            await ended.wait()
            while len(came) < MANY:
                await asyncio.sleep(0.01)
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
    assert came == list(range(MANY))


@both
async def test_who_fails_is_told_of_and_the_rest_come_all_the_same(kind: Kind) -> None:
    told: list[str] = []
    loop, came = asyncio.get_running_loop(), list[str]()
    loop.set_exception_handler(lambda _loop, context: told.append(repr(context["exception"])))
    crossing = kind(loop)

    def fails() -> None:
        raise ValueError("this one")

    def three() -> None:
        for one in (lambda: came.append("first"), fails, lambda: came.append("last")):
            crossing.call(one)

    await asyncio.to_thread(three)
    await asyncio.sleep(0.05)
    assert came == ["first", "last"]
    assert told == ["ValueError('this one')"]


@both
def test_a_loop_that_is_closed_is_told_nothing(kind: Kind) -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    crossing = kind(loop)
    crossing.call(pytest.fail)
    crossing.call(pytest.fail)
