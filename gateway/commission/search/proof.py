"""Proof: does a device document read this device, judged by what the device then shows?

An answer alone proves little: registers of any device can be read as real numbers. A document fits when all that it
asks for is answered twice, both times with values that a home can have, and the two agree. It must not know searches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from gateway.clock import EPOCH
from gateway.commission.search.wire import ProbeWire
from gateway.drivers.contract import Device, DeviceAnswer, Driver, Request
from gateway.drivers.document import Document
from gateway.drivers.registry import Framing, driver_for, is_modbus
from models.quantity import COUNTERS, Quantity, to_base
from models.reading import Quality, Reading

HOME: Mapping[Quantity, tuple[Decimal, Decimal]] = {
    Quantity.VOLTAGE: (Decimal(50), Decimal(500)),
    Quantity.CURRENT: (Decimal(-200), Decimal(200)),
    Quantity.POWER: (Decimal(-100_000), Decimal(100_000)),
    Quantity.ENERGY: (Decimal(0), Decimal(10) ** 9),
    Quantity.HEAT_ENERGY: (Decimal(0), Decimal(10) ** 12),
    Quantity.WATER_VOLUME: (Decimal(0), Decimal(10) ** 9),
    Quantity.GAS_VOLUME: (Decimal(0), Decimal(10) ** 9),
    Quantity.FLOW: (Decimal(-50), Decimal(50)),
    Quantity.TEMPERATURE: (Decimal(-40), Decimal(200)),
}
"""Quantity → what a meter of a home can show, in the base unit: narrower than what is possible at all."""
LEAST = Decimal("1e-5")
"""Less than this, and not nothing, no meter of a home shows."""
FASTEST: Mapping[Quantity, Decimal] = {
    Quantity.ENERGY: Decimal(30),
    Quantity.HEAT_ENERGY: Decimal(300),
    Quantity.WATER_VOLUME: Decimal(15),
    Quantity.GAS_VOLUME: Decimal(15),
}
"""Counter → how much it may grow in a second, in the base unit: 100 kW, and 50 m3 an hour."""
VOLTAGE_SWING = Decimal("0.2")
_LEAST_WAIT_S = 0.25


class Fit(Enum):
    """How well a document reads a device."""

    FITS = "fits"
    EMPTY = "empty"
    """Answered, but nothing that was said tells this device from another: bits, zeros, one word everywhere."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Fitting:
    """A document's name, how it fits, and why it does not."""

    document: str
    fit: Fit
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    readings: tuple[Reading, ...]
    at_s: float
    fault: str = ""


async def prove(wire: ProbeWire, paper: Document, address: str, framing: Framing | None = None) -> Fitting:
    """Read the device twice by the document; raises `LinkDownError`."""
    driver, device = driver_for(paper, framing), Device("", paper, address)
    needs_all = is_modbus(paper)
    first = await _read(wire, driver, device, 1, needs_all=needs_all)
    if fault := first.fault or _senseless(first):
        return Fitting(paper.name, Fit.NO, fault)
    second = await _read(wire, driver, device, 2, needs_all=needs_all)
    if fault := second.fault or _senseless(second) or _disagreement(first, second):
        return Fitting(paper.name, Fit.NO, fault)
    if needs_all and _is_empty(first) and _is_empty(second):
        return Fitting(paper.name, Fit.EMPTY, "what it shows proves nothing")
    return Fitting(paper.name, Fit.FITS)


async def answers(wire: ProbeWire, paper: Document, address: str, framing: Framing | None = None) -> bool:
    """Whether the device is heard at all when it is asked for the first thing in its document."""
    driver = driver_for(paper, framing)
    request = driver.requests(Device("", paper, address))[0]
    return not (await wire.ask(request.payload, driver.framer(), _wait_s(paper))).silent


def _wait_s(paper: Document) -> float:
    return max(paper.timing.answer_ms / 1000, _LEAST_WAIT_S)


async def _read(wire: ProbeWire, driver: Driver, device: Device, serial: int, *, needs_all: bool) -> _Read:
    readings: list[Reading] = []
    for request in driver.requests(device, serial):
        said = await _answered(wire, driver, device, request)
        if needs_all and (said is None or said.troubles or not said.readings):
            why = "; ".join(trouble.detail for trouble in said.troubles) if said is not None else "it is silent"
            return _Read((), wire.now(), f"{request.key}: {why or 'nothing was said'}")
        readings += () if said is None else said.readings
    fault = "" if any(reading.value is not None for reading in readings) else "it gives no reading"
    return _Read(tuple(readings), wire.now(), fault)


async def _answered(wire: ProbeWire, driver: Driver, device: Device, request: Request) -> DeviceAnswer | None:
    """Ask one question and whatever follows from it, each once more where nothing came; None without an answer."""
    collected = DeviceAnswer()
    asking: Request | None = request
    while asking is not None:
        found: DeviceAnswer | None = None
        for _ in range(2):
            reply = await wire.ask(asking.payload, driver.framer(), _wait_s(device.document))
            meant = (driver.interpret(device, asking, frame, EPOCH) for frame in reply.frames)
            found = next((one for one in meant if isinstance(one, DeviceAnswer)), None)
            if found is not None:
                break
        if found is None:
            return collected if collected.readings else None
        collected = DeviceAnswer((*collected.readings, *found.readings), (*collected.troubles, *found.troubles))
        asking = found.then
    return collected


def _shown(reading: Reading) -> Decimal:
    return to_base(reading.quantity, reading.value or Decimal(0), reading.unit)


def _senseless(read: _Read) -> str:
    """Say which value no meter of a home can show, or ""."""
    for reading in read.readings:
        shown = _shown(reading)
        lowest, highest = HOME.get(reading.quantity, (shown, shown))
        is_tiny = reading.quantity in HOME and shown != 0 and abs(shown) < LEAST
        if reading.quality is not Quality.GOOD or not lowest <= shown <= highest or is_tiny:
            return f"{reading.quantity.value} {reading.value:.6g} {reading.unit.value} makes no sense"
    return ""


def _disagreement(first: _Read, second: _Read) -> str:
    """Say which two values can't both be true, or ""."""
    if [one.quantity for one in first.readings] != [one.quantity for one in second.readings]:
        return "it said other things the second time"
    passed = Decimal(max(second.at_s - first.at_s, 1.0))
    for before, after in zip(first.readings, second.readings, strict=True):
        was, now = _shown(before), _shown(after)
        step = to_base(after.quantity, after.step or Decimal(0), after.unit)
        most = FASTEST.get(after.quantity, Decimal(1)) * passed + step
        is_odd_count = after.quantity in COUNTERS and not was <= now <= was + most
        is_odd_voltage = after.quantity is Quantity.VOLTAGE and abs(now - was) > VOLTAGE_SWING * was
        if is_odd_count or is_odd_voltage:
            return f"{after.quantity.value} said {before.value:f} and then {after.value:f}"
    return ""


def _is_empty(read: _Read) -> bool:
    """Whether nothing measured was shown, or one number as everything: then a filler was read."""
    shown = [reading for reading in read.readings if reading.quantity in HOME]
    is_same = len({one.quantity for one in shown}) > 1 and len({one.value for one in shown}) == 1
    return is_same or not any(one.value for one in shown)
