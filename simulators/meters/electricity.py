"""Electricity: a DL/T 645-2007 meter of one home. It never answers for another address, nor to a broadcast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.protocols import bcd, dlt645
from simulators.people.household import Household
from simulators.people.incidents import MeterKind

_VOLTS = Decimal("229.7")
_NO_SUCH_DATA = 0x02


class ElectricityMeter:
    """Registers of clause A.2: energy to 0.01 kWh, power to 0.1 W, voltage, current, date and time, address.

    What is longer than `longest` bytes comes in parts, as the standard has it for 200.
    """

    def __init__(self, address: str, household: Household, zone: ZoneInfo, longest: int = 200) -> None:
        self.address = address
        self._longest = longest
        self._household = household
        self._zone = zone
        self._framer = dlt645.framer()
        self._registers: dict[str, Callable[[float], bytes]] = {
            "00000000": self._energy,
            "00010000": self._energy,
            "0001FF00": lambda at: self._energy(at) * 2 + bytes(12),
            "02010100": lambda _: bcd.encode(_VOLTS, 2, 1),
            "02020100": self._current,
            "02030000": self._power,
            "02030100": self._power,
            "04000101": self._date,
            "04000102": self._time,
            "0400010C": lambda at: self._time(at) + self._date(at),
            "04000401": lambda _: bcd.from_digits(self.address),
        }

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, dlt645.Frame)]
        answers = (self._answer(frame, at) for frame in heard)
        return [answer for answer in answers if answer is not None]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: dlt645.Frame, at: float) -> bytes | None:
        if frame.is_answer or not dlt645.address_answers_to(frame.address, self.address):
            return None
        if not self._household.meter_answers(MeterKind.ELECTRICITY, at):
            return None
        if frame.function == dlt645.READ_ADDRESS:
            return dlt645.WAKE_UP + dlt645.address_answer(self.address)
        if frame.function not in (dlt645.READ, dlt645.READ_MORE) or len(frame.data) < 4:
            return dlt645.WAKE_UP + dlt645.error_answer(self.address, frame.function)
        part = frame.data[4] if frame.function == dlt645.READ_MORE and len(frame.data) > 4 else 0
        return dlt645.WAKE_UP + self._part(dlt645.identifier_text(frame.data), part, at)

    def _part(self, di: str, part: int, at: float) -> bytes:
        register = self._registers.get(di)
        value = b"" if register is None else register(at)[part * self._longest :]
        more, value = len(value) > self._longest, value[: self._longest]
        if not value:
            return dlt645.error_answer(self.address, dlt645.READ_MORE if part else dlt645.READ, _NO_SUCH_DATA)
        if part:
            return dlt645.more_answer(self.address, di, value, part, more=more)
        return dlt645.read_answer(self.address, di, value, more=more)

    def _energy(self, at: float) -> bytes:
        kwh = Decimal(str(self._household.energy_watt_hours(at))) / 1000
        return bcd.encode(kwh % 1_000_000, 4, 2)

    def _power(self, at: float) -> bytes:
        return bcd.encode(Decimal(str(self._household.power_watts(at))) / 1000, 3, 4, signed=True)

    def _current(self, at: float) -> bytes:
        return bcd.encode(Decimal(str(self._household.power_watts(at))) / _VOLTS, 3, 3, signed=True)

    def _date(self, at: float) -> bytes:
        local = datetime.fromtimestamp(at, self._zone)
        return bcd.from_digits(local.strftime("%y%m%d") + f"0{(local.weekday() + 1) % 7}")

    def _time(self, at: float) -> bytes:
        return bcd.from_digits(datetime.fromtimestamp(at, self._zone).strftime("%H%M%S"))
