"""Electricity, older edition: a DL/T 645-1997 meter of one home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.protocols import bcd, dlt645
from gateway.protocols.dlt645 import EDITION_1997
from simulators.people.household import Household
from simulators.people.incidents import MeterKind

_VOLTS = Decimal(230)
_NO_SUCH_DATA = 0x02


class ElectricityMeter1997:
    """Total energy to 0.01 kWh (9010), power to 0.1 W (B630), voltage to 1 V (B611), date and time, number."""

    def __init__(self, address: str, household: Household, zone: ZoneInfo) -> None:
        self.address = address
        self._household = household
        self._zone = zone
        self._framer = dlt645.framer()
        self._registers: dict[str, Callable[[float], bytes]] = {
            "9010": self._energy,
            "B630": self._power,
            "B611": lambda _: bcd.encode(_VOLTS, 2, 0),
            "C010": self._date,
            "C011": lambda at: bcd.from_digits(self._local(at).strftime("%H%M%S")),
            "C032": lambda _: bcd.from_digits(self.address),
        }

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, dlt645.Frame)]
        answers = (self._answer(frame, at) for frame in heard)
        return [dlt645.WAKE_UP + answer for answer in answers if answer is not None]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: dlt645.Frame, at: float) -> bytes | None:
        if frame.is_answer or not dlt645.address_answers_to(frame.address, self.address):
            return None
        if not self._household.meter_answers(MeterKind.ELECTRICITY, at):
            return None
        di = dlt645.identifier_text(frame.data, EDITION_1997)
        register = self._registers.get(di) if frame.function == EDITION_1997.read else None
        if register is None:
            return dlt645.error_answer(self.address, frame.function, _NO_SUCH_DATA)
        return dlt645.read_answer(self.address, di, register(at), edition=EDITION_1997)

    def _energy(self, at: float) -> bytes:
        kwh = Decimal(str(self._household.energy_watt_hours(at))) / 1000
        return bcd.encode(kwh % 1_000_000, 4, 2)

    def _power(self, at: float) -> bytes:
        return bcd.encode(Decimal(str(self._household.power_watts(at))) / 1000, 3, 4)

    def _date(self, at: float) -> bytes:
        local = self._local(at)
        return bcd.from_digits(local.strftime("%y%m%d") + f"0{(local.weekday() + 1) % 7}")

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self._zone)
