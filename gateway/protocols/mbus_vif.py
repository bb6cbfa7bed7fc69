"""What the value information of an M-Bus record means (EN 13757-3, tables of VIF, of its extensions FB and FD).

Codes that are not known here are not guessed: the record stays, with its bytes and without a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Form(StrEnum):
    """How the data of a record is to be read."""

    NUMBER = "number"
    DATE = "date"
    """Types F, G and I, by their length."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a record is about: `kind`, `unit`, and the power of ten of its numbers.

    `changed_by` are the qualifiers that make it another thing than the plain quantity: a limit, a rate, a date of.
    """

    kind: str
    unit: str = ""
    exponent: int = 0
    form: Form = Form.NUMBER
    changed_by: tuple[str, ...] = ()


_Row = tuple[int, int, Callable[[int], Meaning]]
"""First code, last code, and what the code's distance from the first says."""


def _scaled(kind: str, unit: str, lowest: int) -> Callable[[int], Meaning]:
    return lambda step: Meaning(kind, unit, lowest + step)


def _times(kind: str) -> Callable[[int], Meaning]:
    return lambda step: Meaning(kind, ("s", "min", "h", "d")[step])


def _plain(kind: str, unit: str = "", form: Form = Form.NUMBER) -> Callable[[int], Meaning]:
    return lambda _: Meaning(kind, unit, 0, form)


_PRIMARY: tuple[_Row, ...] = (
    (0x00, 0x07, _scaled("energy", "Wh", -3)),
    (0x08, 0x0F, _scaled("energy", "J", 0)),
    (0x10, 0x17, _scaled("volume", "m3", -6)),
    (0x18, 0x1F, _scaled("mass", "kg", -3)),
    (0x20, 0x23, _times("on_time")),
    (0x24, 0x27, _times("operating_time")),
    (0x28, 0x2F, _scaled("power", "W", -3)),
    (0x30, 0x37, _scaled("power", "J/h", 0)),
    (0x38, 0x3F, _scaled("volume_flow", "m3/h", -6)),
    (0x40, 0x47, _scaled("volume_flow", "m3/min", -7)),
    (0x48, 0x4F, _scaled("volume_flow", "m3/s", -9)),
    (0x50, 0x57, _scaled("mass_flow", "kg/h", -3)),
    (0x58, 0x5B, _scaled("flow_temperature", "degC", -3)),
    (0x5C, 0x5F, _scaled("return_temperature", "degC", -3)),
    (0x60, 0x63, _scaled("temperature_difference", "K", -3)),
    (0x64, 0x67, _scaled("external_temperature", "degC", -3)),
    (0x68, 0x6B, _scaled("pressure", "bar", -3)),
    (0x6C, 0x6D, _plain("time_point", form=Form.DATE)),
    (0x6E, 0x6E, _plain("heat_cost_units")),
    (0x70, 0x73, _times("averaging_duration")),
    (0x74, 0x77, _times("actuality_duration")),
    (0x78, 0x78, _plain("fabrication_number")),
    (0x79, 0x79, _plain("enhanced_identification")),
    (0x7A, 0x7A, _plain("bus_address")),
)

_FB: tuple[_Row, ...] = (
    (0x00, 0x01, _scaled("energy", "Wh", 5)),
    (0x08, 0x09, _scaled("energy", "J", 8)),
    (0x10, 0x11, _scaled("volume", "m3", 2)),
    (0x18, 0x19, _scaled("mass", "kg", 5)),
    (0x1A, 0x1A, lambda _: Meaning("relative_humidity", "%", -1)),
    (0x1B, 0x1B, _plain("relative_humidity", "%")),
    (0x28, 0x29, _scaled("power", "W", 5)),
    (0x30, 0x31, _scaled("power", "J/h", 8)),
    (0x74, 0x77, _scaled("cold_warm_temperature_limit", "degC", -3)),
)

_FD: tuple[_Row, ...] = (
    (0x08, 0x08, _plain("access_number")),
    (0x09, 0x09, _plain("medium")),
    (0x0A, 0x0A, _plain("manufacturer")),
    (0x0B, 0x0B, _plain("parameter_set")),
    (0x0C, 0x0C, _plain("model_version")),
    (0x0D, 0x0D, _plain("hardware_version")),
    (0x0E, 0x0E, _plain("firmware_version")),
    (0x0F, 0x0F, _plain("software_version")),
    (0x10, 0x10, _plain("customer_location")),
    (0x11, 0x11, _plain("customer")),
    (0x17, 0x17, _plain("error_flags")),
    (0x18, 0x18, _plain("error_mask")),
    (0x1A, 0x1A, _plain("digital_output")),
    (0x1B, 0x1B, _plain("digital_input")),
    (0x1C, 0x1C, _plain("baud_rate", "Bd")),
    (0x3A, 0x3A, _plain("dimensionless")),
    (0x40, 0x4F, _scaled("voltage", "V", -9)),
    (0x50, 0x5F, _scaled("current", "A", -12)),
    (0x60, 0x60, _plain("reset_counter")),
    (0x61, 0x61, _plain("cumulation_counter")),
    (0x74, 0x74, _plain("battery_days_left", "d")),
)

_QUALIFIERS: tuple[tuple[int, int, str], ...] = (
    (0x01, 0x1F, "record_error"),
    (0x20, 0x27, "per_time"),
    (0x28, 0x2B, "per_pulse"),
    (0x2C, 0x35, "per_unit"),
    (0x36, 0x37, "multiplied"),
    (0x38, 0x38, "start_of"),
    (0x3B, 0x3B, "backward"),
    (0x3C, 0x3C, "non_metric"),
    (0x3D, 0x6F, "limit"),
    (0x78, 0x7B, "added_constant"),
    (0x7C, 0x7C, "second_extension"),
    (0x7E, 0x7E, "future"),
    (0x7F, 0x7F, "manufacturer_specific"),
)
"""Extension codes that make a record say something else; 00 (no error), 39 (uncorrected), 3A (forward) do not."""


@lru_cache(maxsize=512)
def meaning(codes: bytes, text: str = "") -> Meaning | None:
    """Return what the codes of a record's value information mean, or None where the main one is not known.

    `codes` are VIF and VIFEs with their extension bits; `text` is a unit given in plain text.
    """
    first = codes[0] & 0x7F
    rest = codes[1:]
    if codes[0] in (0x7C, 0xFC):
        main: Meaning | None = Meaning("plain_text", text)
    elif codes[0] in (0xFB, 0xFD):
        if not rest:
            return None
        main = _look_up(_FB if codes[0] == 0xFB else _FD, rest[0] & 0x7F)
        rest = rest[1:]
    else:
        main = _look_up(_PRIMARY, first)
    return None if main is None else _qualified(main, rest)


def _look_up(table: tuple[_Row, ...], code: int) -> Meaning | None:
    for first, last, means in table:
        if first <= code <= last:
            return means(code - first)
    return None


def _qualified(main: Meaning, codes: bytes) -> Meaning:
    exponent = main.exponent
    changed: list[str] = []
    for raw in codes:
        code = raw & 0x7F
        if 0x70 <= code <= 0x77:
            exponent += code - 0x76
        elif code == 0x7D:
            exponent += 3
        else:
            changed += [name for first, last, name in _QUALIFIERS if first <= code <= last]
        if code == 0x7F:
            break  # what follows is the manufacturer's own
    return Meaning(main.kind, main.unit, exponent, main.form, tuple(changed))
