"""Every driver on every kind of bad line: never a wrong reading, and well again within two polls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.bus.exchange import Exchange, Finished, Send, Step, Timing
from gateway.drivers import registry
from gateway.drivers.contract import Device, Driver, Request
from gateway.drivers.document import Document, Recorded
from models.reading import Quality
from simulators.lines.faulty import FaultyLine, LineFaults, collide

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
POLLS = 120
ACK = b"\xe5"

BAD_LINES = {
    "echo": LineFaults(echo=True),
    "noise": LineFaults(noise=0.7),
    "split": LineFaults(split=0.9),
    "drop": LineFaults(drop=0.6),
    "delay": LineFaults(delay=0.7, delay_s=3.0),
    "collision": LineFaults(collision=0.6),
    "everything": LineFaults(echo=True, noise=0.3, split=0.5, drop=0.2, delay=0.3, delay_s=1.5, collision=0.2),
}


@dataclass(frozen=True)
class Case:
    """One document, and the recorded answer that its meter gives again and again."""

    paper: Document
    answer: Recorded

    @property
    def device(self) -> Device:
        return Device("d", self.paper, self.answer.address)

    @property
    def driver(self) -> Driver:
        return registry.driver_for(self.paper)

    @property
    def expected(self) -> set[tuple[str, str]]:
        return {(row.quantity.value, row.value) for row in self.answer.expect}

    def question(self) -> Request:
        """Return the question to which the recorded frame is the answer, as the driver asks it."""
        requests = self.driver.requests(self.device)
        return next((one for one in requests if one.key == self.answer.asked), requests[0])


def _cases() -> Iterator[Case]:
    for paper in registry.load_documents().values():
        if not registry.is_polled(paper) or paper.protocol == "modbus-tcp":
            continue  # over TCP bytes are neither lost nor changed
        device = Device("d", paper, paper.frames[0].address)
        asked = {one.key for one in registry.driver_for(paper).requests(device)}
        answers = [frame for frame in paper.frames if frame.expect]
        yield Case(
            paper, next((frame for frame in answers if frame.asked in asked or paper.protocol == "mbus"), answers[0])
        )


CASES = list(_cases())


class Line:
    """A meter behind a bad line, in a time of its own. What comes late comes into the next exchange, as on a wire."""

    def __init__(self, case: Case, faults: LineFaults, stranger: bytes = b"") -> None:
        self._case = case
        self._faulty = FaultyLine(faults, case.paper.name)
        self._stranger = stranger
        self._coming: list[tuple[float, bytes]] = []
        self.now = 0.0

    def heal(self) -> None:
        """Make the line perfect from now on."""
        self._faulty = FaultyLine(LineFaults(), "healed")
        self._stranger = b""

    def poll(self) -> Finished:
        """Ask once, through the exchange of the bus."""
        request = self._case.question()
        exchange = Exchange(self._case.driver, self._case.device, request, Timing(answer_s=1.0, gap_s=0.2))
        step: Step = exchange.start(self.now)
        for _ in range(2000):
            if isinstance(step, Finished):
                self.now += 5.0
                return step
            if isinstance(step, Send):
                self._hear(step.payload)
                step = exchange.wake(self.now, self._at)
                continue
            step = self._wait(exchange, step.until)
        raise AssertionError("an exchange that does not end")

    @property
    def _at(self) -> datetime:
        return BEGIN + timedelta(seconds=self.now)

    def _wait(self, exchange: Exchange, until: float) -> Step:
        if self._coming and self._coming[0][0] <= until:
            when, data = self._coming.pop(0)
            self.now = max(self.now, when)
            return exchange.feed(data, self.now, self._at)
        self.now = max(self.now, until)
        return exchange.wake(self.now, self._at)

    def _hear(self, question: bytes) -> None:
        """Let the meter answer: an acknowledgement to what is none of M-Bus's data requests, else its record."""
        is_link = self._case.paper.protocol == "mbus" and not (question[0] == 0x10 and question[1] & 0x4F == 0x4B)
        frame = ACK if is_link else bytes.fromhex(self._case.answer.hex)
        when = self.now + 0.05
        for data in (self._faulty.echo(question), self._stranger):
            if data:
                self._coming.append((when, data))
        for piece in self._faulty.carry(frame):
            when += piece.pause_s
            self._coming.append((when, piece.data))
        self._coming.sort(key=lambda coming: coming[0])


def values(finished: Finished) -> set[tuple[str, str]]:
    return {
        (reading.quantity.value, f"{reading.value:f}") for reading in finished.readings if reading.value is not None
    }


@pytest.mark.parametrize("fault", BAD_LINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.paper.name)
def test_a_bad_line_never_gives_a_wrong_reading_and_a_healed_one_is_read_at_once(case: Case, fault: str) -> None:
    line = Line(case, BAD_LINES[fault])
    answered = 0
    for _ in range(POLLS):
        said = values(line.poll())
        assert said <= case.expected, f"wrong: {said - case.expected}"
        answered += said == case.expected
    assert answered > POLLS // 10, "the line was never read: the test shows nothing"
    line.heal()
    polls = [values(line.poll()) for _ in range(2)]
    assert case.expected in polls, "not well within two polls"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.paper.name)
def test_a_second_master_and_its_meter_are_never_believed(case: Case) -> None:
    other = next(one for one in CASES if one.paper.protocol == case.paper.protocol)
    theirs = bytes.fromhex(other.answer.hex)
    device = Device("d", case.paper, _another(case))
    exchange = Exchange(case.driver, device, case.driver.requests(device)[0], Timing(retries=0))
    exchange.start(0.0)
    exchange.feed(theirs, 0.1, BEGIN)
    finished: Any = exchange.wake(10.0, BEGIN)
    while not isinstance(finished, Finished):
        finished = exchange.wake(60.0, BEGIN)
    assert values(finished) == set()
    assert {reading.quality for reading in finished.readings} == {Quality.NO_ANSWER}


def _another(case: Case) -> str:
    """Return an address of the same form that is not the recorded meter's."""
    address = case.answer.address
    return address[:-1] + ("3" if address[-1] != "3" else "5")


def test_a_line_that_gives_wrong_bytes_for_true_is_caught() -> None:
    """The canary: with a meter that says another value, the test above must see it."""
    case = next(one for one in CASES if one.paper.name == "cjt188-2004")
    raw = bytearray(bytes.fromhex(case.answer.hex))
    raw[16] ^= 0x11
    raw[-2] = sum(raw[:-2]) & 0xFF
    lying = Case(case.paper, Recorded(origin="a lie", hex=raw.hex(), address=case.answer.address, asked="901F"))
    assert not values(Line(lying, LineFaults()).poll()) <= case.expected


def test_two_meters_that_answer_at_once_give_no_reading() -> None:
    case = next(one for one in CASES if one.paper.name == "cjt188-2004")
    raw = bytearray(bytes.fromhex(case.answer.hex))
    raw[2] ^= 0x01
    raw[17] ^= 0x01
    raw[-2] = sum(raw[:-2]) & 0xFF
    both = collide([bytes.fromhex(case.answer.hex), bytes(raw)])
    framer = case.driver.framer()
    assert [event for event in [*framer.feed(both), *framer.quiet()] if hasattr(event, "data")] == []
