"""One question and its answer on a dirty half-duplex line. The answers are frames of the standards' own samples."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.bus.exchange import Exchange, Finished, Send, Timing, Wait
from gateway.drivers.contract import Device
from gateway.drivers.registry import driver_for, load_documents
from models.quantity import Quantity
from models.reading import Quality

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIMING = Timing(answer_s=1.0, gap_s=0.1, byte_s=0.0, retries=2)

# 00010000 of meter 123456789012: 1234.56 kWh. Head as DEPENDENCIES' vector (both foreign libraries agree on it), answer
# laid out by hand after DL/T 645-2007 clause 7: C = 91, L = 08, data 33 33 34 33 | 89 67 45 33 (56 34 12 00 + 33H).
ENERGY = bytes.fromhex("68 12 90 78 56 34 12 68 91 08 33 33 34 33 89 67 45 33")
ENERGY += bytes([sum(ENERGY) & 0xFF, 0x16])
POWER = bytes.fromhex("68 12 90 78 56 34 12 68 91 07 33 33 36 35 45 38 33")
POWER += bytes([sum(POWER) & 0xFF, 0x16])
OTHER_METER = bytes.fromhex("68 13 90 78 56 34 12 68 91 08 33 33 34 33 89 67 45 33")
OTHER_METER += bytes([sum(OTHER_METER) & 0xFF, 0x16])


def exchange(timing: Timing = TIMING) -> Exchange:
    paper = load_documents()["dlt645-2007"]
    device = Device("m-1", paper, "123456789012")
    driver = driver_for(paper)
    request = next(one for one in driver.requests(device) if one.key == "00010000")
    return Exchange(driver, device, request, timing)


def value_of(end: object) -> Decimal | None:
    assert isinstance(end, Finished)
    (reading,) = [one for one in end.readings if one.quantity is Quantity.ENERGY]
    return reading.value


def test_a_clean_answer_is_a_reading() -> None:
    one = exchange()
    assert isinstance(one.start(0.0), Send)
    end = one.feed(ENERGY, 0.1, AT)
    assert value_of(end) == Decimal("1234.56")
    assert isinstance(end, Finished)
    assert end.answered
    assert end.troubles == ()
    assert end.sent == 1


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("wake-up bytes", b"\xfe\xfe\xfe\xfe", b""),
        ("noise before", bytes.fromhex("00 ff 13 37"), b""),
        ("a false start byte before", b"\x68\x11", b""),
        ("noise behind", b"", bytes.fromhex("68 68 00")),
        ("an answer of another meter before", OTHER_METER, b""),
        ("an answer to another question before", POWER, b""),
    ],
)
def test_the_answer_is_found_in(name: str, before: bytes, after: bytes) -> None:
    one = exchange()
    one.start(0.0)
    step = one.feed(before + ENERGY + after, 0.1, AT)
    if isinstance(step, Wait):
        step = one.wake(step.until, AT)
    assert value_of(step) == Decimal("1234.56"), name


def test_our_own_echo_is_not_an_answer_but_the_answer_behind_it_is() -> None:
    one = exchange()
    sent = one.start(0.0)
    assert isinstance(sent, Send)
    assert isinstance(one.feed(sent.payload, 0.01, AT), Wait)
    assert value_of(one.feed(ENERGY, 0.2, AT)) == Decimal("1234.56")


def test_another_masters_question_is_not_an_answer() -> None:
    one = exchange()
    one.start(0.0)
    question = bytes.fromhex("68 12 90 78 56 34 12 68 11 04 33 33 33 33 67 16")
    assert isinstance(one.feed(question, 0.1, AT), Wait)
    assert value_of(one.feed(ENERGY, 0.2, AT)) == Decimal("1234.56")


@pytest.mark.parametrize("piece", [1, 3, 7])
def test_an_answer_in_pieces_is_put_together(piece: int) -> None:
    one = exchange()
    one.start(0.0)
    step: object = None
    for number, start in enumerate(range(0, len(ENERGY), piece)):
        step = one.feed(ENERGY[start : start + piece], 0.1 + number * 0.05, AT)
    assert value_of(step) == Decimal("1234.56")


def test_a_slow_answer_is_not_cut_off_at_its_deadline() -> None:
    one = exchange()
    one.start(0.0)
    step: object = None
    for number, byte in enumerate(ENERGY):
        step = one.feed(bytes([byte]), 0.95 + number * 0.004, AT)
    assert value_of(step) == Decimal("1234.56")


@pytest.mark.parametrize("position", range(len(ENERGY)))
def test_a_broken_byte_never_gives_a_wrong_value(position: int) -> None:
    one = exchange()
    one.start(0.0)
    broken = bytearray(ENERGY)
    broken[position] ^= 0x04
    step = one.feed(bytes(broken), 0.1, AT)
    while isinstance(step, Wait):
        step = one.wake(step.until, AT)
    assert isinstance(step, Send), "a broken answer is asked for again"
    assert value_of(one.feed(ENERGY, 5.0, AT)) == Decimal("1234.56")


def test_a_torn_answer_is_asked_for_again() -> None:
    one = exchange()
    one.start(0.0)
    step = one.feed(ENERGY[:11], 0.1, AT)
    while isinstance(step, Wait):
        step = one.wake(step.until, AT)
    assert isinstance(step, Send)
    assert value_of(one.feed(ENERGY, 2.0, AT)) == Decimal("1234.56")


def test_silence_is_repeated_twice_and_ends_as_no_answer() -> None:
    one = exchange()
    step = one.start(0.0)
    waited: list[float] = []
    sent = 1
    now = 0.0
    for _ in range(20):
        step = one.wake(now, AT)
        if isinstance(step, Wait):
            now = step.until
            waited.append(now)
        elif isinstance(step, Send):
            sent += 1
        else:
            break
    assert isinstance(step, Finished)
    assert not step.answered
    assert sent == step.sent == 3
    assert waited == pytest.approx([1.0, 2.0, 3.0])
    assert [(one.quantity, one.value, one.quality) for one in step.readings] == [
        (Quantity.ENERGY, None, Quality.NO_ANSWER)
    ]


def test_a_babbling_line_cannot_hold_us() -> None:
    one = exchange(Timing(answer_s=1.0, gap_s=0.1, byte_s=0.001, retries=0))
    one.start(0.0)
    now = 0.0
    step: object = None
    while now < 60 and not isinstance(step, Finished):
        now += 0.05
        step = one.feed(b"\x55" * 20, now, AT)
    assert isinstance(step, Finished)
    assert not step.answered
    assert now < 3


def test_just_before_the_deadline_it_waits_and_at_the_deadline_it_repeats() -> None:
    one = exchange()
    one.start(0.0)
    assert isinstance(one.wake(0.999, AT), Wait)
    assert isinstance(one.wake(1.0, AT), Send)
