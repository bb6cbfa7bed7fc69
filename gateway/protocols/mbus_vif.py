"""What the value information of an M-Bus record means (EN 13757-3, tables of VIF, of its extensions FB and FD).

Codes that are not known here are not guessed: the record stays, with its bytes and without a value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from gateway.protocols.mbus_meaning import MANUFACTURER, Meaning, ValueForm
from gateway.protocols.mbus_vife import qualified

_Row = tuple[int, int, Callable[[int], Meaning]]
"""First code, last code, and what the code's distance from the first says."""


def _scaled(kind: str, unit: str, lowest: int) -> Callable[[int], Meaning]:
    return lambda step: Meaning(kind, unit, lowest + step)


def _times(kind: str) -> Callable[[int], Meaning]:
    return lambda step: Meaning(kind, ("s", "min", "h", "d")[step])


def _plain(kind: str, unit: str = "", form: ValueForm = ValueForm.NUMBER) -> Callable[[int], Meaning]:
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
    (0x6C, 0x6D, _plain("time_point", form=ValueForm.DATE)),
    (0x6E, 0x6E, _plain("heat_cost_units")),
    (0x70, 0x73, _times("averaging_duration")),
    (0x74, 0x77, _times("actuality_duration")),
    (0x78, 0x78, _plain("fabrication_number", form=ValueForm.CODE)),
    (0x79, 0x79, _plain("enhanced_identification", form=ValueForm.CODE)),
    (0x7A, 0x7A, _plain("bus_address", form=ValueForm.CODE)),
    (0x7F, 0x7F, _plain(MANUFACTURER)),
)

_FB: tuple[_Row, ...] = (
    (0x00, 0x01, _scaled("energy", "Wh", 5)),
    (0x02, 0x03, _scaled("reactive_energy", "varh", 3)),
    (0x04, 0x05, _scaled("apparent_energy", "VAh", 3)),
    (0x08, 0x09, _scaled("energy", "J", 8)),
    (0x0C, 0x0F, _scaled("energy", "cal", 5)),
    (0x10, 0x11, _scaled("volume", "m3", 2)),
    (0x14, 0x17, _scaled("reactive_power", "var", 0)),
    (0x18, 0x19, _scaled("mass", "kg", 5)),
    (0x1A, 0x1B, _scaled("relative_humidity", "%", -1)),
    (0x20, 0x21, lambda step: Meaning("volume", "ft3", -step)),
    (0x28, 0x29, _scaled("power", "W", 5)),
    (0x2A, 0x2A, _scaled("phase_voltage_to_voltage", "deg", -1)),
    (0x2B, 0x2B, _scaled("phase_voltage_to_current", "deg", -1)),
    (0x2C, 0x2F, _scaled("frequency", "Hz", -3)),
    (0x30, 0x31, _scaled("power", "J/h", 8)),
    (0x34, 0x37, _scaled("apparent_power", "VA", 0)),
    (0x58, 0x5B, _scaled("flow_temperature", "degF", -3)),
    (0x5C, 0x5F, _scaled("return_temperature", "degF", -3)),
    (0x60, 0x63, _scaled("temperature_difference", "degF", -3)),
    (0x64, 0x67, _scaled("external_temperature", "degF", -3)),
    (0x70, 0x73, _scaled("cold_warm_temperature_limit", "degF", -3)),
    (0x74, 0x77, _scaled("cold_warm_temperature_limit", "degC", -3)),
    (0x78, 0x7F, _scaled("cumulated_maximum_power", "W", -3)),
)

_LONG_TIMES = ("h", "d", "month", "year")

_FD: tuple[_Row, ...] = (
    (0x00, 0x03, _scaled("credit", "", -3)),
    (0x04, 0x07, _scaled("debit", "", -3)),
    (0x08, 0x08, _plain("access_number", form=ValueForm.CODE)),
    (0x09, 0x09, _plain("medium", form=ValueForm.CODE)),
    (0x0A, 0x0A, _plain("manufacturer", form=ValueForm.CODE)),
    (0x0B, 0x0B, _plain("parameter_set", form=ValueForm.CODE)),
    (0x0C, 0x0C, _plain("model_version", form=ValueForm.CODE)),
    (0x0D, 0x0D, _plain("hardware_version", form=ValueForm.CODE)),
    (0x0E, 0x0E, _plain("firmware_version", form=ValueForm.CODE)),
    (0x0F, 0x0F, _plain("software_version", form=ValueForm.CODE)),
    (0x10, 0x10, _plain("customer_location", form=ValueForm.CODE)),
    (0x11, 0x11, _plain("customer", form=ValueForm.CODE)),
    (0x17, 0x17, _plain("error_flags", form=ValueForm.CODE)),
    (0x18, 0x18, _plain("error_mask", form=ValueForm.CODE)),
    (0x1A, 0x1A, _plain("digital_output", form=ValueForm.CODE)),
    (0x1B, 0x1B, _plain("digital_input", form=ValueForm.CODE)),
    (0x1C, 0x1C, _plain("baud_rate", "Bd")),
    (0x1D, 0x1D, _plain("response_delay", "bit")),
    (0x1E, 0x1E, _plain("retry")),
    (0x20, 0x20, _plain("first_storage")),
    (0x21, 0x21, _plain("last_storage")),
    (0x22, 0x22, _plain("storage_block_size")),
    (0x24, 0x27, _times("storage_interval")),
    (0x28, 0x29, lambda step: Meaning("storage_interval", _LONG_TIMES[2 + step])),
    (0x2C, 0x2F, _times("since_last_readout")),
    (0x31, 0x33, lambda step: Meaning("tariff_duration", ("min", "h", "d")[step])),
    (0x34, 0x37, _times("tariff_period")),
    (0x38, 0x39, lambda step: Meaning("tariff_period", _LONG_TIMES[2 + step])),
    (0x3A, 0x3A, _plain("dimensionless")),
    (0x40, 0x4F, _scaled("voltage", "V", -9)),
    (0x50, 0x5F, _scaled("current", "A", -12)),
    (0x60, 0x60, _plain("reset_counter", form=ValueForm.CODE)),
    (0x61, 0x61, _plain("cumulation_counter", form=ValueForm.CODE)),
    (0x62, 0x62, _plain("control_signal", form=ValueForm.CODE)),
    (0x63, 0x63, _plain("day_of_week")),
    (0x64, 0x64, _plain("week_number")),
    (0x65, 0x65, _plain("time_of_day_change", form=ValueForm.CODE)),
    (0x66, 0x66, _plain("parameter_activation", form=ValueForm.CODE)),
    (0x67, 0x67, _plain("supplier_information", form=ValueForm.CODE)),
    (0x68, 0x6B, lambda step: Meaning("since_last_cumulation", _LONG_TIMES[step])),
    (0x6C, 0x6F, lambda step: Meaning("battery_operating_time", _LONG_TIMES[step])),
    (0x70, 0x70, _plain("battery_changed", form=ValueForm.DATE)),
    (0x71, 0x71, _plain("radio_power_level", "dBm")),
    (0x74, 0x74, _plain("battery_days_left", "d")),
    (0x75, 0x75, _plain("stopped_counter", form=ValueForm.CODE)),
)
"""Passwords, keys and access codes (FD12 to FD16, FD19) are left raw on purpose: nobody is to see them in words."""


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
        rest = b"" if first == 0x7F else rest
    return None if main is None else qualified(main, rest)


def _look_up(table: tuple[_Row, ...], code: int) -> Meaning | None:
    for first, last, means in table:
        if first <= code <= last:
            return means(code - first)
    return None
