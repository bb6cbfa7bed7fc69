"""M-Bus meters of one home: primary and secondary address, answers as EN 13757 says, in one or two telegrams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.protocols import mbus
from gateway.protocols.mbus_encode import MORE_FOLLOWS, integer_record, long_header, own_address, time_record
from simulators.people.household import Household
from simulators.people.incidents import MeterKind

_WATER, _ELECTRICITY, _HEAT, _GAS = 0x07, 0x02, 0x04, 0x03
_LITRES = b"\x13"
"""VIF: volume in 0.001 m3."""
_FLOW = b"\x3b"
"""VIF: volume flow in 0.001 m3/h."""
_WATT_HOURS = b"\x03"
_WATTS = b"\x2b"
_VOLTS = b"\xfd\x48"
"""VIF: voltage in 0.1 V."""
_SUPPLY = b"\x5a"
"""VIF: flow temperature in 0.1 degrees."""
_FLOW_SECONDS = 60
_GAS_PER_WH = 0.02
_HEAT_PER_LITRE = 25.0
"""As in `cjt_meters`."""


class MbusMeter(ABC):
    """What all of them do. With `telegrams` 2 the clock comes in a second telegram of its own.

    `address` is the secondary one, 8 digits; it answers to that when it is selected, and to `primary` always.
    """

    medium = _WATER
    kind = MeterKind.WATER

    def __init__(self, primary: int, address: str, household: Household, zone: ZoneInfo, *, telegrams: int = 1) -> None:
        if telegrams not in (1, 2):
            raise ValueError(f"M-Bus meter {address}: telegrams = {telegrams}; it has 1 or 2")
        self.address = address
        self._primary = primary
        self._household = household
        self._zone = zone
        self._telegrams = telegrams
        self._own = own_address(address, "LSE", 1, self.medium)
        self._framer = mbus.framer()
        self._selected = False
        self._count_bit: int | None = None
        self._telegram = 0
        self._access = 0

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, mbus.Frame)]
        answers = (self._answer(frame, at) for frame in heard)
        return [answer for answer in answers if answer is not None]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: mbus.Frame, at: float) -> bytes | None:
        if frame.control is None or frame.is_answer or not self._household.meter_answers(self.kind, at):
            return None
        if frame.ci == mbus.CI_SELECT and frame.address == mbus.SECONDARY:
            self._selected = len(frame.data) >= 8 and mbus.mask_fits(frame.data[:8], self._own)
            self._count_bit = None
            return mbus.ACK if self._selected else None
        if not self._is_meant(frame):
            return None
        if frame.control == mbus.SND_NKE:
            self._count_bit = None
            self._telegram = 0
            self._selected = self._selected and frame.address != mbus.SECONDARY
            return mbus.ACK
        if frame.control & ~mbus.FCB == mbus.REQ_UD2:
            return self._read_out(frame.control & mbus.FCB, at)
        return None

    def _is_meant(self, frame: mbus.Frame) -> bool:
        return frame.address == self._primary or (frame.address == mbus.SECONDARY and self._selected)

    def _read_out(self, count_bit: int, at: float) -> bytes:
        """Answer the next telegram where the count bit has turned, else the last one again."""
        if self._count_bit is None:
            self._telegram = 0
        elif count_bit != self._count_bit:
            self._telegram = (self._telegram + 1) % self._telegrams
        self._count_bit = count_bit
        self._access = (self._access + 1) % 256
        records = self._first(at) if self._telegram == 0 else self._clock(at)
        return mbus.answer(self._primary, mbus.CI_LONG_HEADER, long_header(self._own, self._access) + records)

    def _first(self, at: float) -> bytes:
        return self._records(at) + (MORE_FOLLOWS if self._telegrams == 2 else self._clock(at))

    @abstractmethod
    def _records(self, at: float) -> bytes:
        """Return what the first telegram holds beside the clock."""

    def _clock(self, at: float) -> bytes:
        return time_record(datetime.fromtimestamp(at, self._zone))


class MbusWaterMeter(MbusMeter):
    """Register in litres, flow, clock."""

    def _records(self, at: float) -> bytes:
        litres = int(self._household.water_litres(at))
        before = self._household.water_litres(max(at - _FLOW_SECONDS, self._household.begins))
        flow = (Decimal(str(self._household.water_litres(at))) - Decimal(str(before))) * 3600 / _FLOW_SECONDS
        return integer_record(_LITRES, litres) + integer_record(_FLOW, int(flow))


class MbusElectricityMeter(MbusMeter):
    """Energy in watt-hours, power, voltage, clock."""

    medium = _ELECTRICITY
    kind = MeterKind.ELECTRICITY

    def _records(self, at: float) -> bytes:
        energy = int(self._household.energy_watt_hours(at))
        power = int(self._household.power_watts(at))
        return integer_record(_WATT_HOURS, energy) + integer_record(_WATTS, power) + integer_record(_VOLTS, 2297)


class MbusHeatMeter(MbusMeter):
    """Heat in watt-hours beside the home's water, supply temperature, clock."""

    medium = _HEAT

    def _records(self, at: float) -> bytes:
        heat = int(self._household.water_litres(at) * _HEAT_PER_LITRE)
        return integer_record(_WATT_HOURS, heat) + integer_record(_SUPPLY, 482)


class MbusGasMeter(MbusMeter):
    """Gas of the hob in litres, clock."""

    medium = _GAS

    def _records(self, at: float) -> bytes:
        return integer_record(_LITRES, int(self._household.energy_watt_hours(at) * _GAS_PER_WH))
