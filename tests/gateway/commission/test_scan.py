"""A scan finds every meter on a line, alone or colliding, and writes a configuration that can be used."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.__main__ import main
from gateway.config.catalogue import load_settings
from simulators.lines.faulty import LineFaults
from simulators.meters.cjt_meters import WaterMeter
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.electricity_1997 import ElectricityMeter1997
from simulators.meters.mbus_meters import MbusWaterMeter
from simulators.meters.modbus_electricity import ModbusElectricityMeter
from simulators.people.household import Household

Serve = Callable[..., Path]
Answering = Callable[..., None]
ZONE = ZoneInfo("Asia/Shanghai")
HOUSEHOLD = Household("scan", ZONE, date(2026, 11, 23))

ONE_SPEED = ["--baud", "9600", "--parity", "N"]
PATIENT = ["--answer-ms", "4000"]
"""For real lines: meters that share a busy machine with us may take so long."""


def scan(port: Path | str, out: Path, *more: str) -> tuple[int, dict[str, str]]:
    """Scan and return the exit code and what the written configuration declares: address → document."""
    code = main(["scan", "--line", str(port), "--out", str(out), *ONE_SPEED, *more])
    settings, _ = load_settings(out)
    return code, {device.address or "": device.document for device in settings.devices}


def test_meters_on_a_real_serial_device_are_found(tmp_path: Path, serve: Serve) -> None:
    port = serve(ElectricityMeter("000000000011", HOUSEHOLD, ZONE), WaterMeter("00000000000022", HOUSEHOLD, ZONE))
    code, found = scan(port, tmp_path / "out.toml", "--protocol", "dlt645", "--protocol", "cjt188", *PATIENT)
    assert code == 0
    assert found == {"000000000011": "dlt645-2007", "00000000000022": "cjt188-2004"}


@pytest.mark.parametrize("faults", [LineFaults(), LineFaults(echo=True)], ids=["clean", "echo"])
def test_meters_of_four_protocols_are_found_on_one_line(
    tmp_path: Path, answering: Answering, faults: LineFaults
) -> None:
    answering(
        ElectricityMeter("000000000011", HOUSEHOLD, ZONE),
        WaterMeter("00000000000022", HOUSEHOLD, ZONE),
        MbusWaterMeter(5, "12345678", HOUSEHOLD, ZONE),
        ModbusElectricityMeter("3", HOUSEHOLD),
        faults=faults,
    )
    code, found = scan("a-line", tmp_path / "out.toml", "--no-primary", "--units", "5")
    assert code == 0
    assert found == {
        "000000000011": "dlt645-2007",
        "00000000000022": "cjt188-2004",
        "12345678": "mbus-water",
        "3": "eastron-sdm120",
    }


def test_an_older_meter_is_found_as_what_it_is(tmp_path: Path, answering: Answering) -> None:
    answering(ElectricityMeter1997("000000000077", HOUSEHOLD, ZONE))
    _, found = scan("a-line", tmp_path / "out.toml", "--protocol", "dlt645")
    assert found == {"000000000077": "dlt645-1997"}


def test_m_bus_meters_that_collide_are_told_apart_digit_by_digit(tmp_path: Path, answering: Answering) -> None:
    numbers = ("12345678", "12345679", "20000001", "99999999")
    answering(*(MbusWaterMeter(n, number, HOUSEHOLD, ZONE) for n, number in enumerate(numbers, start=1)))
    _, found = scan("a-line", tmp_path / "out.toml", "--protocol", "mbus", "--no-primary")
    assert set(found) == set(numbers)


SELECTS = (2, 4)
"""Of a search on M-Bus with one meter: the question that selects, once and again. 1 and 3 are the resets before."""


@pytest.mark.parametrize("late", [frozenset(), frozenset(SELECTS[:1]), frozenset(SELECTS)], ids=["no", "once", "twice"])
def test_an_m_bus_meter_is_found_by_its_number_once_however_late_it_first_answered(
    tmp_path: Path, answering: Answering, late: frozenset[int]
) -> None:
    answering(MbusWaterMeter(2, "12345678", HOUSEHOLD, ZONE), late=late, late_s=60.0)
    _, found = scan("a-line", tmp_path / "out.toml", "--protocol", "mbus")
    assert found == {"12345678": "mbus-water"}


class PrimaryOnly(MbusWaterMeter):
    """An old meter that knows nothing of secondary addresses."""

    def hear(self, data: bytes, at: float) -> list[bytes]:
        return [] if data.startswith(b"\x68") else super().hear(data, at)


def test_an_m_bus_meter_that_can_not_be_selected_is_found_by_its_primary_address(
    tmp_path: Path, answering: Answering
) -> None:
    answering(PrimaryOnly(2, "12345678", HOUSEHOLD, ZONE))
    _, found = scan("a-line", tmp_path / "out.toml", "--protocol", "mbus")
    assert found == {"2": "mbus-water"}


@pytest.mark.parametrize("late", [frozenset(), frozenset({1})], ids=["no", "once"])
def test_electricity_meters_that_collide_are_told_apart_by_their_endings(
    tmp_path: Path, answering: Answering, late: frozenset[int]
) -> None:
    numbers = ("000000000011", "000000000047", "000000009947")
    answering(*(ElectricityMeter(number, HOUSEHOLD, ZONE) for number in numbers), late=late, late_s=60.0)
    _, found = scan("a-line", tmp_path / "out.toml", "--protocol", "dlt645")
    assert found == dict.fromkeys(numbers, "dlt645-2007")


def test_an_empty_line_gives_an_empty_configuration_and_says_so(tmp_path: Path, answering: Answering) -> None:
    answering()
    assert scan("a-line", tmp_path / "out.toml", "--protocol", "dlt645") == (1, {})


def test_a_line_behind_a_server_is_scanned_by_tcp(tmp_path: Path) -> None:
    meter = ElectricityMeter("000000000011", HOUSEHOLD, ZONE)
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            for frame in meter.hear(data, HOUSEHOLD.begins + 1):
                writer.write(frame)
        writer.close()
        await writer.wait_closed()

    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    out = tmp_path / "out.toml"
    code = main(["scan", "--line", f"tcp://127.0.0.1:{port}", "--out", str(out), "--protocol", "dlt645", *PATIENT])

    async def end() -> None:
        server.close()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run_coroutine_threadsafe(end(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    loop.close()
    settings, _ = load_settings(out)
    assert (code, settings.lines[0].kind, settings.lines[0].tcp_port) == (0, "tcp", port)
    assert settings.devices[0].address == "000000000011"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/dev/ttyNOSUCH", "is the adapter plugged in"),
        ("tcp://127.0.0.1:1", "127.0.0.1:1"),
        ("tcp://nohost", "write tcp://host:port"),
        ("tcp://x:y", "write tcp://host:port"),
    ],
)
def test_a_line_that_cannot_be_used_is_said_so(line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--line", line]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_there_already_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "gateway.toml"
    out.write_text("precious")
    assert main(["scan", "--line", "/dev/ttyNOSUCH", "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert out.read_text() == "precious"
