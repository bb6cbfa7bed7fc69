"""Our meters on a real serial device, read by people who don't know us: plain pyserial and a foreign library."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import serial
from dlt645.service.clientsvc.client_service import MeterClientService

from simulators.street.meters_and_lines import Fleet
from simulators.street.street import Street, read_street


def street(timing: str = "off", extra: str = "") -> Street:
    text = f"[street]\nhomes = 6\nlines = 2\nseed = 4\ntiming = '{timing}'\n"
    return read_street(text + "[clock]\nvirtual_start = 2026-11-23T04:00:00Z\n" + extra, datetime.now(UTC))


@asynccontextmanager
async def played(playing: Street, folder: Path) -> AsyncIterator[Fleet]:
    fleet = Fleet(playing, folder)
    task = asyncio.create_task(fleet.play(with_detectors=False))
    await asyncio.sleep(0.01)
    try:
        yield fleet
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def ask(path: Path, question: bytes, count: int, timeout: float = 30.0) -> bytes:
    with serial.Serial(str(path), 2400, timeout=timeout) as port:
        port.write(question)
        return port.read(count)


def whole(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + bytes([sum(body) % 256, 0x16])


def read_with_the_foreign_library(path: Path, address: str) -> tuple[float, float]:
    """The library sends the address highest byte first, against the standard: it is given it turned round."""
    client = MeterClientService.new_rtu_client(str(path), 2400, 8, 1, serial.PARITY_NONE, 20.0)
    turned = bytes.fromhex(address)[::-1].hex()
    assert client.set_address(turned)
    assert client.client.connect()
    try:
        energy, power = client.read_00(0x00010000), client.read_02(0x02030000)
        assert energy is not None
        assert power is not None
        return float(energy.value), float(power.value)
    finally:
        client.client.disconnect()


async def test_a_foreign_library_reads_our_electricity_meters_over_a_shared_line(tmp_path: Path) -> None:
    async with played(street(), tmp_path) as fleet:
        for home in fleet.street.homes[:2]:
            household = fleet.households[home.id]
            at = fleet.clock.now()
            kwh, kilowatts = await asyncio.to_thread(
                read_with_the_foreign_library, tmp_path / f"line-{home.line}", home.electricity_address
            )
            assert kwh == pytest.approx(household.energy_watt_hours(at) / 1000, abs=0.011)
            moments = range(int((fleet.clock.now() - at) * 10) + 2)  # it was asked at one of them
            drawn = {round(household.power_watts(at + tenth / 10) / 1000, 3) for tenth in moments}
            assert min(abs(kilowatts - one) for one in drawn) < 0.001


async def test_both_kinds_of_meter_answer_on_one_line_one_after_the_other(tmp_path: Path) -> None:
    async with played(street(), tmp_path):
        water = whole("68 10 01 00 00 00 00 21 20 01 03 1F 90 00")
        energy = whole("68 01 00 00 00 00 31 68 11 04 33 33 34 33")
        for question, size in ((water, 39), (energy, 24), (water, 39)):
            answer = await asyncio.to_thread(ask, tmp_path / "line-1", b"\xfe\xfe" + question, size)
            assert len(answer) == size, answer
            assert answer[4:].startswith(question[:8])


async def test_the_wildcard_on_a_shared_line_is_a_collision(tmp_path: Path) -> None:
    async with played(street(), tmp_path):
        question = whole("68 AA AA AA AA AA AA 68 13 00")
        answer = (await asyncio.to_thread(ask, tmp_path / "line-1", question, 22))[4:]
        assert sum(answer[:-2]) % 256 != answer[-2]


async def test_nobody_answers_for_a_meter_of_another_line(tmp_path: Path) -> None:
    async with played(street(), tmp_path):
        question = whole("68 02 00 00 00 00 31 68 11 04 33 33 34 33")
        assert await asyncio.to_thread(ask, tmp_path / "line-1", question, 24, 0.2) == b""
        assert len(await asyncio.to_thread(ask, tmp_path / "line-2", question, 24)) == 24


async def test_on_a_line_with_its_own_speed_an_exchange_takes_as_long_as_its_bytes(tmp_path: Path) -> None:
    question = whole("68 01 00 00 00 00 31 68 11 04 33 33 34 33")
    async with played(street("line"), tmp_path):
        begin = time.monotonic()
        answer = await asyncio.to_thread(ask, tmp_path / "line-1", question, 24)
        took = time.monotonic() - begin
    assert len(answer) == 24
    wire = (len(question) + len(answer)) * 11 / 2400
    assert took >= wire + 0.02


async def test_in_the_street_s_time_a_fast_clock_makes_a_fast_line(tmp_path: Path) -> None:
    question = whole("68 01 00 00 00 00 31 68 11 04 33 33 34 33")
    async with played(street("virtual", "rate = 360\n"), tmp_path):
        wire, took = (len(question) + 24) * 11 / 2400, 60.0
        for _ in range(200):  # among so many a busy machine lets one pass without making it wait
            begin = time.monotonic()
            assert len(await asyncio.to_thread(ask, tmp_path / "line-1", question, 24)) == 24
            took = min(took, time.monotonic() - begin)
            if took < wire:
                break
    assert took < wire


async def test_noise_and_half_questions_do_not_stop_a_line(tmp_path: Path) -> None:
    question = whole("68 01 00 00 00 00 31 68 11 04 33 33 34 33")
    async with played(street(), tmp_path):
        assert await asyncio.to_thread(ask, tmp_path / "line-1", os.urandom(300) + b"\x68\x01\x00", 1, 0.3) == b""
        async with asyncio.timeout(60):
            # a busy machine may give the meters noise and question in one piece: then the question is lost, as on wires
            while len(await asyncio.to_thread(ask, tmp_path / "line-1", question, 24, 1.0)) != 24:
                pass


async def test_an_echoing_line_gives_the_question_back_before_the_answer(tmp_path: Path) -> None:
    question = whole("68 01 00 00 00 00 31 68 11 04 33 33 34 33")
    async with played(street("off", "[faults]\necho = true\n"), tmp_path):
        heard = await asyncio.to_thread(ask, tmp_path / "line-1", question, len(question) + 24)
    assert heard.startswith(question)
    assert len(heard) == len(question) + 24


async def test_when_the_street_ends_the_lines_are_gone(tmp_path: Path) -> None:
    async with played(street(), tmp_path):
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []
