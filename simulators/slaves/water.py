"""Water: a CJ/T 188 cold water meter of one home. Its register moves in whole steps, as the wheel inside it does."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.protocols import bcd, cjt188
from simulators.people.household import Household
from simulators.people.incidents import MeterKind

_UNIT_LITRE = b"\x29"
_UNIT_CUBIC_METRE = b"\x2c"
_PLACES = 2


class WaterMeter:
    """Answers 901F (total, settlement total, clock, status) and 810A (address).

    `step_l` 10 gives a register in m³ with two decimals, the usual one; `step_l` 1 gives one in whole litres, as
    field meters send it.
    """

    def __init__(self, address: str, household: Household, zone: ZoneInfo, step_l: int = 10) -> None:
        if step_l not in (1, 10):
            raise ValueError(f"water meter {address}: step_l = {step_l}; a register here moves by 1 or by 10 litres")
        self.address = address
        self._household = household
        self._zone = zone
        self._step_l = step_l
        self._framer = cjt188.framer()

    def hear(self, data: bytes, at: float) -> list[bytes]:
        """See `meter.Meter.hear`."""
        heard = [event for event in self._framer.feed(data) if isinstance(event, cjt188.Frame)]
        answers = (self._answer(frame, at) for frame in heard)
        return [cjt188.WAKE_UP + answer for answer in answers if answer is not None]

    def quiet(self) -> None:
        """See `meter.Meter.quiet`."""
        self._framer.quiet()

    def _answer(self, frame: cjt188.Frame, at: float) -> bytes | None:
        if frame.is_answer or frame.meter_type not in (cjt188.COLD_WATER, cjt188.ANY_TYPE):
            return None
        if not cjt188.address_answers_to(frame.address, self.address):
            return None
        if not self._household.meter_answers(MeterKind.WATER, at):
            return None
        if frame.function == cjt188.READ_ADDRESS:
            return cjt188.answer(frame, cjt188.COLD_WATER, self.address, b"")
        if frame.function == cjt188.READ and frame.di == cjt188.DI_NOW:
            return cjt188.answer(frame, cjt188.COLD_WATER, self.address, self._now(at))
        return cjt188.error_answer(frame, cjt188.COLD_WATER, self.address)

    def _now(self, at: float) -> bytes:
        local = datetime.fromtimestamp(at, self._zone)
        first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
        clock = bcd.from_digits(local.strftime("%Y%m%d%H%M%S"))
        return self._register(at) + self._register(max(first, self._household.begins)) + clock + b"\x00\x00"

    def _register(self, at: float) -> bytes:
        steps = int(self._household.water_litres(at) // self._step_l)
        if self._step_l == 1:
            return bcd.encode(Decimal(steps % 100_000_000), 4, 0) + _UNIT_LITRE
        return bcd.encode(Decimal(steps).scaleb(-2) % 1_000_000, 4, _PLACES) + _UNIT_CUBIC_METRE
