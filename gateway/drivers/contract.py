"""The contract between the bus and the drivers: what to ask, and what an answer means.

A driver is pure and keeps nothing between calls: whatever an exchange must remember stands in its `Request`. It must
not know lines, times-outs or homes. An answer counts only if it is the answer to the question that was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from gateway.drivers.document import Document, Register
from gateway.protocols.framing import Diagnostic, Framer
from models.quantity import Quantity, Unit, to_base
from models.reading import Quality, Reading


@dataclass(frozen=True, slots=True)
class Device:
    """One meter or detector of this gateway. `address` as printed on it; `topic` for those that publish."""

    id: str
    document: Document
    address: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One question: the bytes to send (wake-up bytes included) and what is needed to know its answer again.

    `key` names the register or group that is asked for; `serial` is the number the answer must repeat, where the
    protocol has one; `collected` holds the parts of a long answer that came already. `asks` are the readings that an
    answer would give: with no answer they become readings of quality NO_ANSWER. Without `expects_answer` nothing is
    to be waited for.
    """

    payload: bytes
    key: str
    asks: tuple[tuple[Quantity, Unit], ...] = ()
    serial: int = 0
    collected: bytes = b""
    expects_answer: bool = True


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """The answer to our question: readings, what could not be read of it, and what to ask next to have the rest.

    `names` tell readings of one quantity apart for people (tariffs, phases); empty, or one for each reading.
    """

    readings: tuple[Reading, ...] = ()
    troubles: tuple[Diagnostic, ...] = ()
    then: Request | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A sound frame that is not the answer to our question (echo, another meter, another answer): wait on."""

    trouble: Diagnostic


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a frame says and that no detector has a word for: name, value and unit, for people."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Overheard:
    """What a frame says by itself, without a question: whose it is, what sort of frame, and its readings.

    `data` is the content of an answer that no register of the document explains.
    """

    address: str
    note: str
    answer: DeviceAnswer = DeviceAnswer()
    data: bytes = b""
    facts: tuple[Fact, ...] = ()


class Driver(Protocol):
    """How one protocol is spoken by the gateway."""

    def framer(self) -> Framer[Any]:
        """Return a fresh framer for a line that carries this protocol."""

    def requests(self, device: Device, serial: int = 0) -> Sequence[Request]:
        """Return the questions of one poll, in order. `serial` counts polls; drivers wrap it as they need.

        Raises `ValueError` where the device's address is not one of this protocol.
        """

    def interpret(self, device: Device, request: Request, frame: Any, at: datetime) -> DeviceAnswer | Ignored:
        """Read `frame`, heard at `at` (aware UTC), as the answer of `device` to `request`.

        Offsets of diagnostics count from the frame's first byte.
        """

    def fits(self, document: Document, frame: Any) -> bool:
        """Whether `document` is about the sort of meter that this frame is from."""

    def overheard(self, document: Document, frame: Any, at: datetime) -> Overheard:
        """Read a frame that nobody asked for, by a document of its protocol (for people who look at a line)."""


_KILO, _MEGA, _TERA = Decimal(1_000), Decimal(1_000_000), Decimal(10) ** 12

POSSIBLE: Mapping[Quantity, tuple[Decimal, Decimal]] = {
    Quantity.WATER_VOLUME: (-_TERA, _TERA),
    Quantity.GAS_VOLUME: (-_TERA, _TERA),
    Quantity.ENERGY: (-_TERA, _TERA),
    Quantity.HEAT_ENERGY: (-1000 * _TERA, 1000 * _TERA),
    Quantity.POWER: (-100 * _MEGA, 100 * _MEGA),
    Quantity.VOLTAGE: (-_KILO, 50 * _KILO),
    Quantity.CURRENT: (-10 * _KILO, 10 * _KILO),
    Quantity.FLOW: (-10 * _KILO, 10 * _KILO),
    Quantity.TEMPERATURE: (Decimal(-274), _KILO),
}
"""Quantity → the least and the most that anything in a building can show, in the quantity's base unit.

Wide on purpose: it is for bytes that are no measurement (a real number read from whole ones), not for odd days.
"""

LEAST = Decimal("1e-9")
"""No meter shows so little of anything, except nothing at all."""


def is_possible(quantity: Quantity, shown: Decimal) -> bool:
    """Whether `shown`, in the base unit, can be a measurement of `quantity`; bits, counts and clocks always can."""
    bounds = POSSIBLE.get(quantity)
    return bounds is None or (bounds[0] <= shown <= bounds[1] and (shown == 0 or abs(shown) >= LEAST))


def _is_outside(register: Register, shown: Decimal) -> bool:
    """Whether `shown`, in the quantity's base unit, is beyond what the device, or anything at all, can show."""
    lowest, highest = register.lowest, register.highest
    if lowest is not None and shown < to_base(register.quantity, lowest, register.unit):
        return True
    if highest is not None and shown > to_base(register.quantity, highest, register.unit):
        return True
    return not is_possible(register.quantity, shown)


def make_reading(
    device: Device,
    register: Register,
    value: Decimal,
    at: datetime,
    raw: bytes,
    *,
    unit: Unit | None = None,
    step: Decimal | None = None,
) -> Reading:
    """Make a reading of one register, marked OUT_OF_RANGE where the device can't physically show the value.

    `unit` and `step` are given where the frame itself says them.
    Raises `UnitError` where that unit is not one of the register's quantity.
    """
    said = unit or register.unit
    outside = _is_outside(register, to_base(register.quantity, value, said))
    return Reading(
        device=device.id,
        quantity=register.quantity,
        value=value,
        unit=said,
        at=at,
        quality=Quality.OUT_OF_RANGE if outside else Quality.GOOD,
        step=step if step is not None else register.step,
        raw=raw,
    )


def unanswered(device: Device, request: Request, at: datetime) -> list[Reading]:
    """Return what a request without a usable answer gives: one reading without a value for each thing asked."""
    return [Reading(device.id, quantity, None, unit, at, Quality.NO_ANSWER) for quantity, unit in request.asks]
