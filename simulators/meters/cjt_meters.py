"""CJ/T 188 meters of one home: cold and hot water, gas, heat. Registers move in whole steps, as wheels do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.protocols import cjt188
from gateway.protocols.cjt188_data import LITRE
from gateway.protocols.cjt188_encode import CUBIC_METRES, Heat, heat_content, volume_content
from simulators.people.household import Household
from simulators.people.incidents import MeterKind

_OK = 0
_HOT_SHARE = 0.35
"""Of the water that a home uses."""
_GAS_PER_WH = 0.02
"""Litres of gas burnt on the hob beside each watt-hour that the home draws: somebody who cooks does both."""
_HEAT_PER_LITRE = 25.0
"""Watt-hours that a litre of heating water leaves behind, some 21 degrees of it."""
_SUPPLY, _RETURNED = Decimal("48.20"), Decimal("26.70")


class CjtMeter(ABC):
    """What all of them do: answer 901F and 810A in kind, refuse the rest, keep quiet when they are not meant."""

    meter_type = cjt188.COLD_WATER
    kind = MeterKind.WATER

    def __init__(self, address: str, household: Household, zone: ZoneInfo) -> None:
        self.address = address
        self._household = household
        self._zone = zone
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
        if frame.is_answer or frame.meter_type not in (self.meter_type, cjt188.ANY_TYPE):
            return None
        if not cjt188.address_answers_to(frame.address, self.address):
            return None
        if not self._household.meter_answers(self.kind, at):
            return None
        if frame.function == cjt188.READ_ADDRESS:
            return cjt188.answer(frame, self.meter_type, self.address, b"")
        if frame.function == cjt188.READ and frame.di == cjt188.DI_NOW:
            return cjt188.answer(frame, self.meter_type, self.address, self._now(at))
        return cjt188.error_answer(frame, self.meter_type, self.address)

    @abstractmethod
    def _now(self, at: float) -> bytes:
        """Return what follows DI and SER in an answer to 901F."""

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self._zone)

    def _settled_at(self, at: float) -> float:
        """Return when the register was last put aside: at the month's begin, or with the household."""
        first = self._local(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return max(first.timestamp(), self._household.begins)


class WaterMeter(CjtMeter):
    """A volume register: `step_l` 10 gives one in m3 with two decimals, the usual one; 1 gives one in whole litres."""

    def __init__(self, address: str, household: Household, zone: ZoneInfo, step_l: int = 10) -> None:
        if step_l not in (1, 10):
            raise ValueError(f"water meter {address}: step_l = {step_l}; a register here moves by 1 or by 10 litres")
        super().__init__(address, household, zone)
        self._step_l = step_l

    def _now(self, at: float) -> bytes:
        unit = LITRE if self._step_l == 1 else CUBIC_METRES
        now, then = self._register(at), self._register(self._settled_at(at))
        return volume_content(now, then, self._local(at), _OK, unit=unit)

    def _register(self, at: float) -> Decimal:
        steps = Decimal(int(self._litres(at) // self._step_l))
        return steps % 100_000_000 if self._step_l == 1 else steps.scaleb(-2) % 1_000_000

    def _litres(self, at: float) -> float:
        return self._household.water_litres(at)


class HotWaterMeter(WaterMeter):
    """The share of the home's water that comes hot."""

    meter_type = cjt188.HOT_WATER

    def _litres(self, at: float) -> float:
        return self._household.water_litres(at) * _HOT_SHARE


class GasMeter(WaterMeter):
    """Gas of the hob, in litres as the others are."""

    meter_type = cjt188.GAS

    def _litres(self, at: float) -> float:
        return self._household.energy_watt_hours(at) * _GAS_PER_WH


class HeatMeter(CjtMeter):
    """Heat beside the home's water; `edition` 2004 or 2018 chooses the layout of the answer."""

    meter_type = cjt188.HEAT

    def __init__(self, address: str, household: Household, zone: ZoneInfo, edition: int = 2004) -> None:
        super().__init__(address, household, zone)
        self._edition = edition

    def _now(self, at: float) -> bytes:
        volume = Decimal(int(self._household.water_litres(at))).scaleb(-3)
        said = Heat(
            settlement=self._kwh(self._settled_at(at)),
            total=self._kwh(at),
            power=Decimal(0),
            flow=Decimal(0),
            volume=volume,
            supply=_SUPPLY,
            returned=_RETURNED,
            hours=int((at - self._household.begins) // 3600),
        )
        return heat_content(said, self._local(at), _OK, edition=self._edition)

    def _kwh(self, at: float) -> Decimal:
        return Decimal(int(self._household.water_litres(at) * _HEAT_PER_LITRE)).scaleb(-3)
