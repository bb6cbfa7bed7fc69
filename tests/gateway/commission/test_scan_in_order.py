"""A scan asks the likeliest first, says how long it takes, and keeps what it found however it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.__main__ import main
from gateway.commission.search import searches
from gateway.commission.search.plan import Kind, Pass, ScanPlan
from gateway.commission.search.wire import WireSpeed
from gateway.config.catalogue import load_settings
from gateway.links.contract import LinkDownError
from simulators.meters.cjt_meters import WaterMeter
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.modbus_electricity import ModbusElectricityMeter
from simulators.people.household import Household

Serve = Callable[..., Path]
Answering = Callable[..., None]
ZONE = ZoneInfo("Asia/Shanghai")
ALL = ("dlt645", "cjt188", "mbus", "modbus")
USUAL = WireSpeed(2400, "E")
OTHER = WireSpeed(9600, "N")


def home(name: str) -> Household:
    return Household(name, ZONE, date(2026, 11, 23))


def plan(*protocols: str, thorough: bool = False) -> ScanPlan:
    return ScanPlan(protocols or ALL, (), 247, primaries=True, thorough=thorough)


def rest(of: ScanPlan) -> list[Pass]:
    taken = []
    while (one := of.take()) is not None:
        taken.append(one)
    return taken


def test_everybody_is_called_at_every_speed_before_any_long_list_is_asked() -> None:
    passes = rest(plan())
    lists = [place for place, one in enumerate(passes) if one.kind in (Kind.PRIMARIES, Kind.MORE_UNITS)]
    assert passes[0].speed == USUAL
    assert min(lists) == len(passes) - len(lists)
    assert sum(one.seconds for one in passes[: min(lists)]) < 120


def test_where_somebody_answers_all_of_that_speed_goes_first_and_long_lists_elsewhere_are_left_out() -> None:
    ours = plan()
    while (first := ours.take()) is not None and (first.protocol, first.speed) != ("cjt188", USUAL):
        pass
    assert first is not None
    ours.heard(first)
    passes = rest(ours)
    mine = [one for one in passes if one.speed == USUAL]
    assert passes[: len(mine)] == mine
    assert Pass(Kind.SEARCH, "cjt188", USUAL) in mine
    assert {one.kind for one in passes[len(mine) :]} == {Kind.KNOCK, Kind.UNITS}
    assert {one.kind for one in ours.left_out} == {Kind.PRIMARIES, Kind.MORE_UNITS}


def test_a_thorough_scan_leaves_nothing_out() -> None:
    ours = plan(thorough=True)
    first = ours.take()
    assert first is not None
    ours.heard(first)
    kinds = [one.kind for one in rest(ours)]
    assert (kinds.count(Kind.PRIMARIES), kinds.count(Kind.MORE_UNITS), ours.left_out) == (3, 6, [])


def test_units_are_asked_once_each_and_up_to_the_last_that_was_wanted() -> None:
    passes = rest(ScanPlan(("modbus",), (OTHER,), 40, primaries=True, thorough=False))
    assert [unit for one in passes for unit in one.units] == list(range(1, 41))


def test_the_estimate_shrinks_with_what_is_done_and_grows_with_who_answers() -> None:
    ours = plan("dlt645", "modbus")
    before = ours.left_s
    first = ours.take()
    assert first is not None
    assert ours.left_s == pytest.approx(before - first.seconds)
    ours.heard(first)
    assert ours.left_s < before, "other speeds' long lists need not be asked any more"
    assert ours.left_s > 0


def test_progress_says_where_it_is_what_was_found_and_how_long_it_takes(
    tmp_path: Path, answering: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(ElectricityMeter("000000000011", home("a"), ZONE))
    main(["scan", "--line", "a-line", "--out", str(tmp_path / "f.toml")])
    said = capsys.readouterr().err
    assert "dlt645-2007 at 2400 8E1: 0 found, 0 s gone, about " in said
    assert "found: dlt645-2007 000000000011 at 2400 8E1" in said
    assert "1 found, " in said
    assert "not asked: " in said


def test_a_line_with_one_speed_whatever_is_set_is_asked_once(
    tmp_path: Path, answering: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(ElectricityMeter("000000000011", home("a"), ZONE), ModbusElectricityMeter("3", home("b")))
    out = tmp_path / "f.toml"
    assert main(["scan", "--line", "a-line", "--out", str(out), "--no-primary"]) == 0
    settings, _ = load_settings(out)
    assert [one.address for one in settings.devices] == ["000000000011", "3"]
    assert "2400 8E1 and 1200 8E1 are one on this line" in capsys.readouterr().err


def test_meters_whose_answers_hide_each_other_are_told_apart(tmp_path: Path, answering: Answering) -> None:
    """44 and 45 at once are 44 on the wires, and so is the sum: who they are does not show that they are two."""
    electricity = [ElectricityMeter(f"2022110{n}17", home(n), ZONE) for n in ("044", "045", "046")]
    water = [WaterMeter(f"330122334{n}01", home(n), ZONE) for n in ("044", "045", "046")]
    answering(*electricity, *water)
    out = tmp_path / "f.toml"
    main(["scan", "--line", "a-line", "--out", str(out), "--protocol", "dlt645", "--protocol", "cjt188"])
    settings, _ = load_settings(out)
    assert {one.address for one in settings.devices} == {meter.address for meter in (*electricity, *water)}


def test_a_line_that_breaks_keeps_what_was_found_and_says_that_it_broke(
    tmp_path: Path, answering: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(ElectricityMeter("000000000011", home("a"), ZONE))
    asked = searches.is_anybody_there

    async def broken(protocol: str, *more: Any) -> bool:
        if protocol == "dlt645-1997":
            raise LinkDownError("a-line: unplugged")
        return await asked(protocol, *more)

    monkeypatch.setattr("gateway.commission.scan.searches.is_anybody_there", broken)
    out = tmp_path / "f.toml"
    assert main(["scan", "--line", "a-line", "--out", str(out), "--baud", "2400", "--parity", "E"]) == 2
    assert "unplugged" in capsys.readouterr().err
    settings, _ = load_settings(out)
    assert [one.address for one in settings.devices] == ["000000000011"]
    assert "# Not asked, so there may be more:\n# dlt645-1997 at 2400 8E1" in out.read_text(encoding="utf-8")


def wait_for(word: bytes, process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    heard = b""
    end = time.monotonic() + 120
    while word not in heard:
        assert time.monotonic() < end, heard
        if select.select([process.stderr], [], [], 1.0)[0]:
            data = os.read(process.stderr.fileno(), 4096)
            assert data, heard
            heard += data


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_scan_that_is_stopped_writes_what_it_found_and_what_it_did_not_ask(
    tmp_path: Path, serve: Serve, sent: signal.Signals
) -> None:
    port = serve(ElectricityMeter("000000000011", home("a"), ZONE))
    out = tmp_path / "found.toml"
    command = [sys.executable, "-m", "gateway", "scan", "--line", str(port), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        wait_for(b"found: dlt645-2007 000000000011", process)
        process.send_signal(sent)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
    settings, _ = load_settings(out)
    assert [(one.address, one.document) for one in settings.devices] == [("000000000011", "dlt645-2007")]
    assert "# Not asked, so there may be more:\n# " in out.read_text(encoding="utf-8")


def test_a_scan_that_is_killed_has_written_what_it_found(tmp_path: Path, serve: Serve) -> None:
    port = serve(ElectricityMeter("000000000011", home("a"), ZONE))
    out = tmp_path / "found.toml"
    command = [sys.executable, "-m", "gateway", "scan", "--line", str(port), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        wait_for(b"found: dlt645-2007 000000000011", process)
    finally:
        process.kill()
        process.communicate()
    settings, _ = load_settings(out)
    assert [one.address for one in settings.devices] == ["000000000011"]
