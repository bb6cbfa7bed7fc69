"""A fault of the fault bench's own ends its run with a bad verdict, and leaves nobody else's fault half done."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest

from simulators.faults import bench as the_bench
from simulators.faults.bench import Bench, FaultPlan
from simulators.faults.kinds.injector import BROKER, VENDOR, InjectedFault, Injector
from simulators.faults.kinds.table import TABLE
from simulators.faults.scene.installation import Building, Installation


async def test_when_a_hand_breaks_the_others_end_what_they_have_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    half_done = asyncio.Event()
    healed: list[str] = []

    async def breaks(_ward: Injector, _building: Building) -> None:
        await half_done.wait()
        raise KeyError("a thing that nobody thought of")

    async def takes_its_time(_ward: Injector, _building: Building) -> None:
        half_done.set()
        await asyncio.sleep(0.5)
        healed.append("broker")

    async def at_once(_bench: Bench, _own: object) -> float:
        return 0.0

    faults = {"outage": InjectedFault("", BROKER, takes_its_time), "vendor-500": InjectedFault("", VENDOR, breaks)}
    monkeypatch.setattr(the_bench, "TABLE", {**TABLE, **faults})
    monkeypatch.setattr(the_bench, "possible", lambda _house: list(faults))
    monkeypatch.setattr(Bench, "_recovered", at_once)
    building = SimpleNamespace(name="gw-0", homes=(), wired=())
    installation = SimpleNamespace(street=SimpleNamespace(made=0), buildings=[building])
    injector = Injector(cast(Installation, installation), Random(1), lambda: datetime.now(UTC))
    bench = Bench(injector, [], FaultPlan(60.0, hands=2), time.monotonic)
    async with asyncio.timeout(30):
        await bench._hurt_all(lambda _text: None)
    assert healed, "the broker that was away is back"
    (broken,) = bench._stuck
    assert "the bench itself broke" in broken
    assert "nobody thought of" in broken
