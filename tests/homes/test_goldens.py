"""A dozen homes replayed: what the panel said of them when it was last looked at. A difference is a decision.

To accept what it says now: `python tests/homes/test_goldens.py`, and look at the difference before committing it.
"""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.household import panel
from models.household.settings import HomeSettings
from simulators.backtest import inject
from simulators.backtest.inject import Injected
from simulators.backtest.records.person import live
from simulators.backtest.records.record import readings
from simulators.backtest.records.world import UP, Metering, World, read_out

GOLDENS = Path(__file__).parent / "goldens.json"
DAYS = 17
EVENT_DAY = 14


def up_after(world: World, minute: int) -> int:
    """Return the first minute from `minute` on at which somebody is up."""
    return minute + int(np.flatnonzero(world.where[minute:] == UP)[0])


def event(world: World, what: str, seed: int) -> World:
    """Return the world with something in it."""
    rng = np.random.default_rng(seed)
    minute = up_after(world, EVENT_DAY * 1440 + 9 * 60)
    made: dict[str, Injected] = {
        "fall, lamp on": inject.collapse(world, minute, rng, left_on=True),
        "fall, all off": inject.collapse(world, minute, rng, left_on=False),
        "tap": inject.tap_left_on(world, minute, rng),
        "cistern": inject.toilet_leak(world, minute, rng),
        "hob": inject.hob_left_on(world, minute, rng),
    }
    if what == "away":
        return inject.absence(world, minute, 30 * 60)
    return made[what].world if what in made else world


HOMES = [
    (41, True, ""), (42, True, "fall, lamp on"), (43, True, "fall, all off"), (44, True, "tap"),
    (45, True, "cistern"), (46, True, "hob"), (47, True, "away"), (48, False, ""),
    (49, False, "fall, lamp on"), (50, False, "fall, all off"), (51, False, "tap"), (52, False, "away"),
]  # fmt: skip


def said(seed: int, steady: bool, what: str) -> list[str]:
    """Return what the panel says of one home, a line a flag."""
    world = event(live(f"g{seed}", seed, DAYS, steady=steady), what, seed)
    record = read_out(world, Metering(), seed=seed)
    coming = readings(record)
    first = next(coming)
    state = panel.new_home(world.home, HomeSettings(zone=ZoneInfo(world.zone)), first.at)
    flags = panel.observe(state, first, first.at)
    for reading in coming:
        flags += panel.observe(state, reading, reading.at)
    return [f"{f.at:%m-%d %H:%M} {f.kind.value} {f.event.value} {f.severity.value} {f.reason}" for f in flags]


@pytest.mark.parametrize(("seed", "steady", "what"), HOMES)
def test_a_home_is_spoken_of_as_it_was(seed, steady, what):
    golden = json.loads(GOLDENS.read_text(encoding="utf-8"))
    assert said(seed, steady, what) == golden[f"{seed} {what}".strip()]


def test_the_goldens_hold_what_was_put_into_the_homes():
    golden = json.loads(GOLDENS.read_text(encoding="utf-8"))
    wanted = {"fall, lamp on": "inactivity", "fall, all off": "inactivity", "tap": "running_water", "cistern": "leak"}
    for seed, _, what in HOMES:
        lines = golden[f"{seed} {what}".strip()]
        if what in wanted:
            assert any(f" {wanted[what]} raised" in line for line in lines), (seed, what)


if __name__ == "__main__":
    kept = {f"{seed} {what}".strip(): said(seed, steady, what) for seed, steady, what in HOMES}
    GOLDENS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
