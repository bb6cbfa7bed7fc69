"""What the extensions of an M-Bus record's value information change (EN 13757-3, table of orthogonal VIFE).

Some scale the number, some add to it, and most make the record another thing than the plain quantity: those are named,
so that nobody takes a limit, an average or the water that ran backwards for the register.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gateway.protocols.mbus_meaning import MANUFACTURER, Meaning, ValueForm


@dataclass(frozen=True, slots=True)
class _Change:
    """What a qualifier makes of a record: its name, and what its data are where they are no longer the quantity's."""

    name: str
    form: ValueForm | None = None
    unit: str | None = None


def _edges(code: int) -> str:
    """Name the edge of an exceeded limit: bits for upper or lower, first or last, begin or end."""
    limit = "upper" if code & 0x08 else "lower"
    which = "last" if code & 0x04 else "first"
    return f"{'end' if code & 0x01 else 'begin'}_of_{which}_{limit}_exceed"


def _durations(code: int) -> str:
    limit = "upper" if code & 0x08 else "lower"
    return f"duration_of_{'last' if code & 0x04 else 'first'}_{limit}_exceed"


_TIME_UNITS = ("s", "min", "h", "d")
_CHANGES: dict[int, _Change] = {
    **{code: _Change("record_error") for code in range(0x01, 0x1D)},
    0x12: _Change("average"),
    0x13: _Change("inverse_compact_profile"),
    0x14: _Change("relative_deviation"),
    0x1D: _Change("standard_content"),
    0x1E: _Change("compact_profile_with_registers"),
    0x1F: _Change("compact_profile"),
    **{code: _Change("per_time") for code in range(0x20, 0x28)},
    **{code: _Change("per_pulse") for code in range(0x28, 0x2C)},
    **{code: _Change("per_unit") for code in range(0x2C, 0x36)},
    **{code: _Change("multiplied") for code in range(0x36, 0x39)},
    0x39: _Change("start_of", ValueForm.DATE, ""),
    0x3B: _Change("forward_only"),
    0x3C: _Change("backward_only"),
    0x3D: _Change("non_metric"),
    0x3E: _Change("at_base_conditions"),
    0x3F: _Change("obis_declaration"),
    0x40: _Change("lower_limit"),
    0x48: _Change("upper_limit"),
    0x41: _Change("lower_limit_exceeds", unit=""),
    0x49: _Change("upper_limit_exceeds", unit=""),
    **{code: _Change(_edges(code), ValueForm.DATE, "") for code in range(0x42, 0x50) if code & 0x02},
    **{code: _Change(_durations(code), unit=_TIME_UNITS[code & 3]) for code in range(0x50, 0x60)},
    **{
        code: _Change(f"duration_of_{'last' if code & 4 else 'first'}", unit=_TIME_UNITS[code & 3])
        for code in range(0x60, 0x68)
    },
    0x68: _Change("during_lower_exceed"),
    0x6C: _Change("during_upper_exceed"),
    0x69: _Change("leakage"),
    0x6D: _Change("overflow"),
    0x6A: _Change("begin_of_first", ValueForm.DATE, ""),
    0x6B: _Change("end_of_first", ValueForm.DATE, ""),
    0x6E: _Change("begin_of_last", ValueForm.DATE, ""),
    0x6F: _Change("end_of_last", ValueForm.DATE, ""),
    0x7E: _Change("future"),
    0x7F: _Change(MANUFACTURER),
}
"""What the extension codes make of a record; 00 (no error) and 3A (uncorrected) change nothing, and the rest scale."""

_SECOND = 0x7C
_SECOND_NAMES = (
    "reserved", "phase_1", "phase_2", "phase_3", "neutral", "between_phases_1_2", "between_phases_2_3",
    "between_phases_3_1", "quadrant_1", "quadrant_2", "quadrant_3", "quadrant_4", "import_minus_export",
    "non_metric", "second_sensor", "higher_resolution", "both_directions",
)  # fmt: skip
"""What the code behind FC says (the combinable table of the second extension): never a scale."""


def qualified(main: Meaning, codes: bytes) -> Meaning:
    """Return what `main` becomes by `codes`, extension bits and all."""
    exponent, unit, form = main.exponent, main.unit, main.form
    offset = 0
    changed: list[str] = []
    rest = iter(raw & 0x7F for raw in codes)
    for code in rest:
        if 0x70 <= code <= 0x77:
            exponent += code - 0x76
        elif 0x78 <= code <= 0x7B:
            offset += 10 ** (code - 0x78)
        elif code == 0x7D:
            exponent += 3
        elif code == _SECOND:
            second = next(rest, 0)
            changed.append(_SECOND_NAMES[second] if second < len(_SECOND_NAMES) else f"second_extension_{second:02X}")
        elif code in _CHANGES:
            change = _CHANGES[code]
            changed.append(change.name)
            if change.form is not None or change.unit is not None:
                # a date, a duration or a count: neither the quantity's unit nor its scale
                form, unit, exponent, offset = change.form or ValueForm.NUMBER, change.unit or "", 0, 0
            if code == 0x7F:
                break  # what follows is the manufacturer's own
    return Meaning(main.kind, unit, exponent, form, tuple(changed), Decimal(offset).scaleb(-3))
