"""Manners: who reads a clock, who catches everything, sizes, names, a word at the door of every file."""

from __future__ import annotations

import ast
from pathlib import PurePath

import pytest

from .source import ROOT, Module, broad_excepts, clock_reads, module_of

CLOCK_READERS = {
    "simulators/backtest/command.py",  # says how long it took
    "gateway/clock.py",  # the gateway's one clock
    "gateway/replay/command.py",  # says how many readings a second it did
    "ingest/app.py",  # the ingester's one clock
    "ingest/channels/registry.py",  # vendors compare a signature's time with the wall's
    "simulators/__main__.py",  # when the street begins
    "simulators/clock.py",  # the street's one clock
    "simulators/demo/children.py",  # the demonstration is a story in real time
    "simulators/demo/latency.py",
    "simulators/demo/narrator.py",
    "simulators/demo/play.py",
    "simulators/demo/stage.py",
    "simulators/faults/run.py",  # how long a recovery takes
    "simulators/soak/run.py",  # a month in minutes of real time
    "simulators/vendors/server.py",  # a vendor lives in real time
}
BROAD_LOOPS = {
    "gateway/app.py",
    "ingest/actions/notices/deliver.py",
    "ingest/outward/actions/forward_events.py",
    "ingest/actions/duty/notify_coverage_gaps.py",
    "ingest/channels/plugins.py",  # a stranger's code must not keep ours from starting
    "ingest/intake/batching.py",
    "ingest/intake/downlink.py",
    "ingest/worker/loops.py",
    "models/kit/lasting_client.py",
    "simulators/faults/bench.py",  # an hour of counting gets its verdict, whatever breaks
}
LONGEST_FILE = 499
JUNK = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}


def test_only_named_files_read_a_clock(house: dict[str, Module]) -> None:
    assert {module.path for module in house.values() if clock_reads(module)} == CLOCK_READERS


def test_only_named_loops_catch_everything(house: dict[str, Module]) -> None:
    assert {module.path for module in house.values() if broad_excepts(module)} == BROAD_LOOPS


def test_no_file_is_too_long(everything: dict[str, Module]) -> None:
    assert {m.path: m.lines for m in everything.values() if m.lines > LONGEST_FILE} == {}


def junk_rooms(paths: list[str]) -> list[str]:
    """Return the paths that have a junk room in them."""
    return [path for path in paths if JUNK & {part.removesuffix(".py").strip("_") for part in PurePath(path).parts}]


def test_there_are_no_junk_rooms(everything: dict[str, Module]) -> None:
    assert junk_rooms([module.path for module in everything.values()]) == []


def test_every_file_says_at_its_door_what_it_is_for(everything: dict[str, Module]) -> None:
    assert [module.path for module in everything.values() if not ast.get_docstring(module.tree)] == []


def test_there_is_no_python_among_the_papers() -> None:
    assert list((ROOT / "config").rglob("*.py")) == []


def _planted(source: str) -> Module:
    return module_of("models.x", "models/x.py", source)


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()",
        "import time as t\nt.monotonic()",
        "from time import monotonic as m\nf(m)",
        "from datetime import datetime\ndatetime.now(UTC)",
        "import datetime as dt\ndt.datetime.utcnow()",
        "from datetime import date\ndate.today()",
        "import asyncio\nasyncio.get_running_loop().time()",
        "def f(wall=time.time_ns): ...\nimport time",
    ],
)
def test_a_planted_clock_read_is_found(source: str) -> None:
    assert len(clock_reads(_planted(source))) == 1


def test_time_that_is_handed_in_is_no_clock_read() -> None:
    source = "import time\nfrom datetime import datetime\ntime.sleep(1)\ndatetime.fromisoformat(x)\nnow()\nself.now()"
    assert clock_reads(_planted(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "try: f()\nexcept: pass",
        "try: f()\nexcept Exception as e: pass",
        "try: f()\nexcept (OSError, BaseException): pass",
        "from contextlib import suppress\nwith suppress(Exception): f()",
    ],
)
def test_a_planted_broad_except_is_found(source: str) -> None:
    assert len(broad_excepts(_planted(source))) == 1


@pytest.mark.parametrize("caught", ["(OSError, ValueError): pass", "BaseException:\n  undo()\n  raise"])
def test_a_narrow_except_or_one_that_raises_on_is_nobodys_business(caught: str) -> None:
    assert broad_excepts(_planted(f"try: f()\nexcept {caught}")) == []


def test_planted_junk_rooms_are_found() -> None:
    assert junk_rooms(["a/utils.py", "a/helpers/b.py", "a/_misc.py", "a/database.py"]) == [
        "a/utils.py",
        "a/helpers/b.py",
        "a/_misc.py",
    ]
