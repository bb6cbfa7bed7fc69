"""World: what truly happened in a home, minute by minute, and what its meters showed of it.

Events are injected into the world, not into the readings, so that registers, steps and polls treat the invented as
they treat the real. Must not know: detectors, files, clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.quantity import Quantity, Unit
from simulators.backtest.records.record import HomeRecord, Series, Span

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]

ASLEEP, UP, OUT, UNKNOWN = 0, 1, 2, 3
"""Where the resident is in a minute."""
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class World:
    """One home's truth.

    `start` is aware UTC and a local midnight of `zone`. `water` is litres drawn in each minute; `base` the watts that
    run without anybody (fridge, stand-by), `person` the watts that somebody switched on; `where` one of `ASLEEP`, `UP`,
    `OUT`, `UNKNOWN` per minute. A home without one of the meters has `None` there. `absences` are the stretches that a
    careful relative would have told the away ledger, in minutes from the start.
    """

    home: str
    zone: str
    start: datetime
    water: Floats | None
    base: Floats | None
    person: Floats | None
    where: Bytes
    absences: tuple[tuple[int, int], ...] = ()
    steady: bool = True
    water_known: NDArray[np.bool_] | None = None
    power_known: NDArray[np.bool_] | None = None
    polls: NDArray[np.int64] | None = None
    """Minutes at which the water meter was heard, where a recording dictates them; else the metering's poll counts."""

    @property
    def minutes(self) -> int:
        """How many minutes are known."""
        return int(self.where.size)

    def at(self, minute: int) -> datetime:
        """Return the aware UTC time of a minute."""
        return self.start + timedelta(minutes=minute)

    def local(self, minute: int) -> datetime:
        """Return the home's wall time of a minute."""
        return self.at(minute).astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Metering:
    """How a home is read: the poll in seconds and the registers' smallest steps (litres, watt-hours, watts)."""

    poll_s: int = 300
    water_step: float = 1.0
    energy_step: float = 10.0
    power_step: float = 1.0
    jitter_s: float = 3.0
    noise: float = 0.01


def read_out(world: World, metering: Metering, seed: int = 0) -> HomeRecord:
    """Return what the meters of `world` would have shown, polled every `metering.poll_s`.

    The noise of a minute depends on the seed and the minute alone, so two worlds that agree up to a time give readings
    that agree up to that time.
    """
    ticks = np.arange(metering.poll_s // 60, world.minutes, metering.poll_s // 60)
    ticks = ticks if world.polls is None else world.polls
    rng = np.random.default_rng([seed, 77])
    start_ms = int(world.start.timestamp() * 1000)
    late = rng.integers(0, int(metering.jitter_s * 1000) + 1, ticks.size)
    when = start_ms + ticks * MINUTE_MS + late
    noise = rng.normal(0.0, 1.0, ticks.size)
    series: list[Series] = []
    if world.water is not None:
        register = np.floor((np.cumsum(world.water)[ticks - 1] + 1234.4) / metering.water_step) * metering.water_step
        device = f"{world.home}-w"
        series.append(
            _series(
                device,
                Quantity.WATER_VOLUME,
                Unit.LITRE,
                metering.water_step,
                when,
                register,
                _at(world.water_known, ticks),
            )
        )
    if world.base is not None and world.person is not None:
        watts = world.base + world.person
        energy = (
            np.floor((np.cumsum(watts)[ticks - 1] / 60.0 + 567_890.0) / metering.energy_step) * metering.energy_step
        )
        now = watts[ticks - 1] * (1.0 + metering.noise * noise)
        power = np.round(now / metering.power_step) * metering.power_step
        device = f"{world.home}-e"
        series.append(
            _series(
                device,
                Quantity.ENERGY,
                Unit.WATT_HOUR,
                metering.energy_step,
                when,
                energy,
                _at(world.power_known, ticks),
            )
        )
        series.append(
            _series(device, Quantity.POWER, Unit.WATT, metering.power_step, when, power, _at(world.power_known, ticks))
        )
    spans = tuple(Span(start_ms + a * MINUTE_MS, start_ms + b * MINUTE_MS) for a, b in world.absences)
    return HomeRecord(world.home, world.zone, tuple(series), spans)


def _at(known: NDArray[np.bool_] | None, ticks: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    return None if known is None else known[ticks - 1]


def _series(  # noqa: PLR0917
    device: str,
    quantity: Quantity,
    unit: Unit,
    step: float,
    when: NDArray[np.int64],
    values: Floats,
    known: NDArray[np.bool_] | None,
) -> Series:
    """Return the series with the polls that were never answered left empty."""
    if known is not None:
        values = np.where(known, values, np.nan)
    return Series(device, quantity, unit, step, when, values)
