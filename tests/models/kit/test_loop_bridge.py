"""A thread that brings thousands of messages while the loop is busy neither mixes them up nor drowns a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from typing import Any

import pytest

from models.kit.loop_bridge import LoopBridge

MANY = 20_000


async def test_a_signal_is_heard_in_the_middle_of_a_flood_and_everything_comes_in_order() -> None:
    loop, ended, came = asyncio.get_running_loop(), asyncio.Event(), list[int]()
    bridge = LoopBridge(loop)
    loop.add_signal_handler(signal.SIGUSR1, ended.set)

    def flood() -> None:
        for number in range(MANY):
            bridge.call(came.append, number)
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


async def test_who_fails_is_told_of_and_the_rest_come_all_the_same() -> None:
    told: list[str] = []
    loop, came = asyncio.get_running_loop(), list[str]()
    loop.set_exception_handler(lambda _loop, context: told.append(repr(context["exception"])))
    bridge = LoopBridge(loop)

    def fails() -> None:
        raise ValueError("this one")

    def three() -> None:
        for one in (lambda: came.append("first"), fails, lambda: came.append("last")):
            bridge.call(one)

    await asyncio.to_thread(three)
    await asyncio.sleep(0.05)
    assert came == ["first", "last"]
    assert told == ["ValueError('this one')"]


def test_a_loop_that_is_closed_is_told_nothing() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    bridge = LoopBridge(loop)
    bridge.call(pytest.fail)
    bridge.call(pytest.fail)


async def test_who_comes_after_the_first_was_let_in_knocks_again() -> None:
    came: list[str] = []
    bridge = LoopBridge(asyncio.get_running_loop())
    for name in ("first", "second"):
        await asyncio.to_thread(bridge.call, came.append, name)
        await asyncio.sleep(0.01)
    assert came == ["first", "second"]


async def test_a_call_that_calls_again_comes_after_those_that_wait() -> None:
    came: list[str] = []
    bridge = LoopBridge(asyncio.get_running_loop())
    bridge.call(lambda: (came.append("first"), bridge.call(came.append, "of the first")))
    bridge.call(came.append, "second")
    await asyncio.sleep(0.01)
    assert came == ["first", "second", "of the first"]


class CountingLoop(asyncio.SelectorEventLoop):
    """A real loop that counts how often other threads wake it."""

    knocks = 0

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        self.knocks += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


def test_however_many_wait_there_is_one_knock() -> None:
    loop, came = CountingLoop(), list[int]()
    bridge = LoopBridge(loop)
    for number in range(100):
        bridge.call(came.append, number)
    assert loop.knocks == 1
    bridge.call(loop.stop)
    loop.run_forever()
    loop.close()
    assert came == list(range(100))
