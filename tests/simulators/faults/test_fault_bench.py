"""The fault bench itself: it sees what is lost or doubled, its network can be hurt, and it runs."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from simulators.__main__ import main
from simulators.demo.phones import PhoneMessage
from simulators.faults.bench import compare_phones
from simulators.faults.kinds.clocks import last_change
from simulators.faults.kinds.table import TABLE
from simulators.faults.outcome import FaultOutcome, Tally
from simulators.faults.pulse import Pulse
from simulators.faults.scene.alarm_source import FORGOTTEN_AFTER_S, REPEAT_S, Detector, DetectorStreet
from simulators.faults.scene.clockwork import Clockwork, build_library
from simulators.faults.scene.ends import SqliteEnd, flags_told, loose_ends
from simulators.faults.scene.packets import PacketStream
from simulators.faults.scene.proxy import Proxy, Weather
from tests.ports import HOST, own_port
from tests.simulators.faults.scene.test_packets import PUBLISH

PATIENCE_S = 60


def street(*homes: str) -> DetectorStreet:
    return DetectorStreet({home: Detector(home) for home in homes})


def test_a_detector_goes_on_only_when_the_ingester_knows_and_repeats_itself_until_then() -> None:
    playing = street("h-1")
    assert [one.howling for one in playing.step(0.0, begin=True)] == [True]
    assert playing.step(1.0, begin=True) == []
    assert [one.howling for one in playing.step(REPEAT_S, begin=True)] == [True]
    assert [one.home for one in playing.waiting(0.0, {"h-1"})] == ["h-1"]
    playing.told = {("h-1", "raised"): 1}
    assert [one.howling for one in playing.step(2.1, begin=True)] == [False]
    playing.told = {("h-1", "raised"): 1, ("h-1", "cleared"): 1}
    assert [one.howling for one in playing.step(2.2, begin=True)] == [True]
    assert playing.made == 3


def test_no_detector_begins_anew_at_the_end() -> None:
    playing = street("h-1", "h-2")
    playing.step(0.0, begin=True)
    playing.told = {("h-1", "raised"): 1, ("h-1", "cleared"): 1}
    assert [one.home for one in playing.step(0.1, begin=False)] == ["h-1"]
    assert playing.step(0.2, begin=False) == []


@pytest.mark.parametrize(
    ("raised", "cleared", "lost", "doubled"),
    [
        (1, 1, [], []),
        (1, 0, ["h-1 cleared"], []),
        (0, 0, ["h-1 raised", "h-1 cleared"], []),
        (2, 1, [], ["h-1 raised"]),
        (3, 1, [], ["h-1 raised"] * 2),
    ],
)
def test_a_flag_that_is_missing_is_lost_and_one_too_many_is_doubled(
    raised: int, cleared: int, lost: list[str], doubled: list[str]
) -> None:
    playing = street("h-1")
    playing.step(0.0, begin=True)
    playing.told = {("h-1", "raised"): 1}
    playing.step(0.1, begin=True)
    playing.told = {("h-1", "raised"): raised, ("h-1", "cleared"): cleared}
    assert (playing.lost(), playing.doubled()) == (lost, doubled)


def test_a_home_whose_gateway_lost_its_memory_may_be_told_of_once_more_and_that_is_counted_apart() -> None:
    playing = street("h-1")
    playing.step(0.0, begin=True)
    playing.told = {("h-1", "raised"): 1}
    playing.forgive(["h-1"], 0.1)
    playing.step(0.2, begin=True)
    playing.told = {("h-1", "raised"): 2, ("h-1", "cleared"): 1}
    playing.step(0.3, begin=True)
    assert (playing.told_again, playing.lost(), playing.doubled()) == (1, ["h-1 raised"], [])  # it howls again by now
    playing.told = {("h-1", "raised"): 4, ("h-1", "cleared"): 1}
    playing.step(0.4, begin=True)
    assert (playing.told_again, playing.doubled()) == (1, ["h-1 raised"])


def test_the_end_of_a_howl_that_a_gateway_has_forgotten_is_not_waited_for_for_ever() -> None:
    playing = street("h-1")
    playing.step(0.0, begin=True)
    playing.told = {("h-1", "raised"): 1}
    playing.step(0.1, begin=True)
    playing.forgive(["h-1"], 0.2)
    playing.step(FORGOTTEN_AFTER_S, begin=True)
    assert playing.waiting(100.0, {"h-1"})
    playing.step(FORGOTTEN_AFTER_S + 0.3, begin=False)
    assert (playing.unsaid, playing.lost(), playing.waiting(100.0, {"h-1"})) == (1, [], [])
    playing.told = {("h-1", "raised"): 1, ("h-1", "cleared"): 1}
    playing.step(FORGOTTEN_AFTER_S + 0.4, begin=False)
    assert (playing.unsaid, playing.lost(), playing.doubled()) == (0, [], [])


def test_what_is_told_again_after_the_end_of_its_howl_is_not_taken_for_the_next_one() -> None:
    playing = street("h-1")
    playing.step(0.0, begin=True)
    playing.told = {("h-1", "raised"): 1}
    playing.forgive(["h-1"], 0.1)
    playing.step(0.2, begin=True)
    playing.told = {("h-1", "raised"): 1, ("h-1", "cleared"): 1}
    playing.step(0.3, begin=True)
    assert playing.detectors["h-1"].told_of == 0.2
    playing.told = {("h-1", "raised"): 2, ("h-1", "cleared"): 1}
    playing.step(5.0, begin=True)
    assert (playing.made, playing.told_again, playing.lost(), playing.doubled()) == (3, 1, ["h-1 raised"], [])


def test_after_a_while_who_was_forgiven_howls_again_and_is_forgiven_nothing_more() -> None:
    playing = street("h-1")
    playing.forgive(["h-1"], 0.0)
    assert playing.step(1.0, begin=True) == [playing.detectors["h-1"]]
    assert playing.made == 0
    playing.step(FORGOTTEN_AFTER_S + 1.0, begin=True)
    playing.told = {("h-1", "raised"): 2}
    playing.step(FORGOTTEN_AFTER_S + 2.0, begin=True)
    assert (playing.told_again, playing.doubled()) == (0, ["h-1 raised"])


def test_without_a_worn_card_nothing_is_forgiven() -> None:
    playing = street("h-1")
    playing.step(0.0, begin=True)
    playing.told = {("h-1", "raised"): 1}
    playing.step(0.1, begin=True)
    playing.step(10 * FORGOTTEN_AFTER_S, begin=True)
    assert playing.lost() == ["h-1 cleared"]


TABLES = """
CREATE TABLE flags (gateway_id, flag_id, message_id, episode, home_id, kind, event, ticket_id);
CREATE TABLE tickets (ticket_id, home_id, subject, kind, status, due_at, condition);
INSERT INTO tickets VALUES ('t-1', 'h-1', NULL, 'smoke', 'open', 5, 'active');
INSERT INTO tickets VALUES ('t-0', 'h-1', NULL, 'smoke', 'closed', NULL, 'active');
INSERT INTO flags VALUES ('g', 'e.0', 'm-0', 'e', 'h-1', 'smoke', 'raised', 't-1');
INSERT INTO flags VALUES ('g', 'e.1', 'm-1', 'e', 'h-1', 'smoke', 'cleared', 't-1');
"""


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("", []),
        (
            "INSERT INTO flags VALUES ('g', 'f.0', 'm-2', 'f', 'h-1', 'smoke', 'raised', NULL)",
            ["a flag without a ticket: f.0"],
        ),
        (
            "INSERT INTO tickets VALUES ('t-2', 'h-1', NULL, 'smoke', 'taken', 5, 'cleared')",
            ["two live tickets of one matter: h-1"],
        ),
        (
            (
                "INSERT INTO tickets VALUES ('t-3', NULL, 'gw', 'gateway_silent', 'open', 5, 'active'),"
                " ('t-4', NULL, 'gw', 'gateway_silent', 'open', 5, 'cleared')"
            ),
            [],
        ),
        (
            (
                "INSERT INTO tickets VALUES ('t-3', NULL, 'gw', 'gateway_silent', 'open', 5, 'active'),"
                " ('t-4', NULL, 'gw', 'gateway_silent', 'taken', 5, 'active')"
            ),
            ["two live tickets of one matter: gw"],
        ),
        ("UPDATE flags SET ticket_id = 't-0' WHERE flag_id = 'e.1'", ["an episode of two tickets: e"]),
        (
            "UPDATE tickets SET due_at = NULL WHERE ticket_id = 't-1'",
            ["a live ticket without a deadline: t-1"],
        ),
        ("UPDATE flags SET message_id = 'm-0'", ["a message taken twice: m-0"]),
    ],
)
def test_what_must_not_be_in_the_database_is_found(tmp_path: Path, planted: str, found: list[str]) -> None:
    with closing(sqlite3.connect(tmp_path / "ingest.sqlite")) as db:
        db.executescript(TABLES + planted)
    end = SqliteEnd(tmp_path / "ingest.sqlite")
    assert loose_ends(end) == found


def test_a_database_that_is_away_is_said_and_counts_as_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"gone\.sqlite"):
        flags_told(SqliteEnd(tmp_path / "gone.sqlite"))


def test_the_pulse_is_the_longest_time_in_which_nothing_new_was_taken() -> None:
    pulse = Pulse()
    for now, taken in [(1.0, 10), (1.4, 12), (1.8, 12), (4.0, 13), (4.4, 13), (5.0, 20)]:
        pulse.note(now, taken)
    assert pulse.longest_pause(0.5, 5.5) == pytest.approx(2.6)
    assert pulse.longest_pause(4.1, 4.9) == pytest.approx(0.8)
    assert pulse.longest_pause(0.5, 1.2) == pytest.approx(0.5)


def test_a_notice_is_lost_unless_a_phone_shows_it_alone_or_in_the_bundle_that_it_left_in() -> None:
    def shown(number: int, key: str) -> PhoneMessage:
        return PhoneMessage("sms", key, "+86138", "", "", 0, number)

    phones = [shown(1, "n-1"), shown(2, "bundle.77"), shown(3, "n-5"), shown(4, "n-5")]
    said = [("n-1", "msg-1"), ("n-2", "msg-2"), ("n-3", "msg-2"), ("n-4", "msg-1"), ("n-5", "msg-3")]
    assert compare_phones(said, phones) == (["notice n-4"], ["notice n-5"])


def test_the_last_line_holds_the_promised_numbers() -> None:
    tallies = {"gateway": Tally(2, 40, [1.0, 3.25]), "cut": Tally(1, 5, [2.0])}
    outcome = FaultOutcome(tallies, 45, ["h-1 raised"], [], {"tickets": 3})
    said = json.loads(outcome.last_line(seed=4))
    assert {name: said[name] for name in ("faults", "flags", "lost", "doubled", "worst_recovery_s", "seed")} == {
        "faults": 3,
        "flags": 45,
        "lost": 1,
        "doubled": 0,
        "worst_recovery_s": 3.2,
        "seed": 4,
    }
    assert not outcome.good
    assert "| gateway | kill -9 of a gateway | 2 | 40 | 3.2 | 3.2 |" in outcome.table()


@asynccontextmanager
async def echo_behind_a_proxy(mqtt: Random | None = None) -> AsyncIterator[tuple[Proxy, int]]:
    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(repeat, HOST, 0)
    port = own_port()
    proxy = Proxy(HOST, port, server.sockets[0].getsockname()[1], mqtt)
    await proxy.open()
    try:
        yield proxy, port
    finally:
        await proxy.close()
        server.close()


async def say(port: int, word: bytes) -> bytes:
    """Connect, say a word, and return what comes back: nothing where the connection ends instead."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(word)
            return await reader.readexactly(len(word))
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.transport.abort()


async def test_a_network_can_be_cut_and_mended() -> None:
    async with echo_behind_a_proxy() as (proxy, port):
        assert await say(port, b"fair") == b"fair"
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        proxy.turn(Weather.CUT)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(PATIENCE_S):
                await reader.readexactly(1)
        writer.transport.abort()
        assert await say(port, b"cut") == b""
        proxy.turn(Weather.FAIR)
        assert await say(port, b"fair") == b"fair"


async def test_a_half_open_connection_swallows_and_ends_when_the_network_is_mended() -> None:
    async with echo_behind_a_proxy() as (proxy, port):
        proxy.turn(Weather.HALF_OPEN)
        saying = asyncio.create_task(say(port, b"into the dark"))
        async with asyncio.timeout(PATIENCE_S):
            while not proxy.connections:
                await asyncio.sleep(0.01)
        done, _ = await asyncio.wait([saying], timeout=0.2)
        assert not done
        proxy.turn(Weather.FAIR)
        assert await saying == b""
        assert await say(port, b"fair") == b"fair"


async def test_a_slow_network_brings_everything_in_the_end() -> None:
    async with echo_behind_a_proxy() as (proxy, port):
        proxy.turn(Weather.SLOW)
        word = bytes(range(256)) * 3
        assert await say(port, word) == word


def publishes(count: int) -> list[bytes]:
    return [PUBLISH[:8] + bytes([number]) + PUBLISH[9:] for number in range(1, count + 1)]


async def test_in_mixed_weather_all_messages_arrive_in_another_order_and_whole() -> None:
    async with echo_behind_a_proxy(Random(1)) as (proxy, port):
        proxy.turn(Weather.MIXED)
        said = publishes(20)
        came = PacketStream().feed(await say(port, b"".join(said)))
        assert came != said
        assert sorted(came) == said


async def test_a_lost_answer_is_acknowledged_to_its_sender() -> None:
    told: list[bytes] = []
    here = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(PUBLISH)
        told.append(await reader.readexactly(4))
        here.set()
        writer.write(bytes.fromhex("D0 00"))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    port = own_port()
    proxy = Proxy(HOST, port, server.sockets[0].getsockname()[1], Random(1))
    await proxy.open()
    proxy.turn(Weather.ONE_WAY)
    reader, writer = await asyncio.open_connection(HOST, port)
    async with asyncio.timeout(PATIENCE_S):
        await here.wait()
        assert await reader.readexactly(2) == bytes.fromhex("D0 00")
    assert told == [bytes.fromhex("40 02 00 0A")]
    writer.close()
    await proxy.close()
    server.close()


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2026, 11, 25, 16, tzinfo=UTC)),
    ],
)
def test_the_last_change_of_summer_time_is_found_and_else_the_last_midnight(zone: str, change: datetime) -> None:
    assert last_change(zone, datetime(2026, 11, 26, 3, 12, tzinfo=UTC)) == change


def test_a_program_under_clockwork_sees_its_clock_wrong_and_its_monotonic_time_right(tmp_path: Path) -> None:
    clock = Clockwork(build_library(tmp_path), tmp_path / "clock")
    environment = clock.environment
    assert environment, "there is no C compiler: see tests/packages.txt"
    clock.step(timedelta(hours=-5))
    asks = "import datetime as d, time; print(time.time(), d.datetime.now(d.UTC).timestamp(), time.monotonic())"
    done = subprocess.run(
        [sys.executable, "-c", asks], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    wall, shown, steady = map(float, done.stdout.split())
    assert time.time() - wall == pytest.approx(5 * 3600, abs=PATIENCE_S)
    assert shown - wall == pytest.approx(0, abs=PATIENCE_S)
    assert time.monotonic() - steady == pytest.approx(0, abs=PATIENCE_S)


def test_every_kind_of_fault_of_the_promise_is_in_the_table() -> None:
    promised = """
        gateway worker web broker postgres broker-memory cut slow half-open mixed replay disk-full disk-read-only
        torn worn unplugged clock clock-1970 clock-dst no-receipts twin vendor-timeout vendor-slow vendor-nonsense
        in-transaction upgrade first-start outage-kill frozen"""
    assert set(promised.split()) <= set(TABLE)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only", "meteor"], "--only meteor: there are gateway, worker"),
        (["--homes", "0"], "--homes 0: must be 1 to 2000"),
        (["--hands", "9"], "--hands 9: must be 1 to 8"),
        (["--rounds", "1001"], "--rounds 1001: must be 0 to 1000"),
    ],
)
def test_a_run_that_makes_no_sense_is_not_begun(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["faults", "--dir", str(tmp_path / "faults"), *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "faults").exists()


async def test_a_short_run_hurts_the_real_programs_and_loses_nothing(tmp_path: Path) -> None:
    wanted = ["--for", "0", "--only", "gateway,torn", "--homes", "3", "--hands", "2", "--rounds", "2", "--sqlite"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators",
        "faults",
        *wanted,
        "--dir",
        tmp_path / "faults",
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    said = json.loads(out.decode().splitlines()[-1])
    assert (process.returncode, said["lost"], said["doubled"]) == (0, 0, 0), out.decode()
    assert said["faults"] >= 2
    assert said["flags"] >= 5
    assert said["sixteen_rounds"] >= 1
