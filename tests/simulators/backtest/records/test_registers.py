"""What the meters show of a world: steps, polls, outages, swaps."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from models.quantity import Quantity
from models.reading import Quality
from simulators.backtest.outages import MeterOutage, break_readings, swap_meter
from simulators.backtest.records.record import HomeRecord, Span, readings
from simulators.backtest.records.world import Metering, World, read_out

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


def steady_world(minutes: int = 2880) -> World:
    """Half a litre and 600 W in every minute."""
    return World(
        "h",
        "Asia/Shanghai",
        START,
        np.full(minutes, 0.5),
        np.full(minutes, 100.0),
        np.full(minutes, 500.0),
        np.ones(minutes, dtype=np.int8),
        ((60, 600),),
    )


def record(**metering: float) -> HomeRecord:
    return read_out(steady_world(), Metering(noise=0.0, jitter_s=0.0, **metering))  # type: ignore[arg-type]


def values(some: HomeRecord, quantity: Quantity) -> np.ndarray:
    series = some.find(quantity)
    assert series is not None
    return series.values


def test_registers_move_in_their_own_steps() -> None:
    coarse = record(water_step=10.0)
    litres = np.diff(values(coarse, Quantity.WATER_VOLUME))
    assert set(litres.tolist()) == {0.0, 10.0}
    assert litres.sum() == pytest.approx(0.5 * 2875, abs=10)
    energy = np.diff(values(coarse, Quantity.ENERGY))
    assert set(energy.tolist()) == {50.0}
    assert set(values(coarse, Quantity.POWER).tolist()) == {600.0}


def test_polls_come_every_five_minutes_and_never_from_the_future() -> None:
    when = record().series[0].when
    assert when[0] == START_MS + 300_000
    assert set(np.diff(when).tolist()) == {300_000}


def test_readings_come_in_order_with_exact_values_and_empty_answers() -> None:
    broken = break_readings(record(), Span(START_MS + 900_000, START_MS + 1_200_000), MeterOutage.NO_ANSWER)
    told = list(readings(broken))
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert told[0].value == Decimal(1236)
    assert told[0].unit.value == "L"
    empty = [one for one in told if one.quality is Quality.NO_ANSWER]
    assert len(empty) == 3
    assert all(one.value is None for one in empty)


def test_the_ledger_speaks_in_epoch_milliseconds() -> None:
    assert record().absences == (Span(START_MS + 3_600_000, START_MS + 36_000_000),)


SPAN = Span(START_MS + 1500 * 60_000, START_MS + 1800 * 60_000)


@pytest.mark.parametrize("how", list(MeterOutage))
def test_an_outage_touches_nothing_outside_itself(how: MeterOutage) -> None:
    whole, broken = record(), break_readings(record(), SPAN, how)
    for one, other in zip(whole.series, broken.series, strict=True):
        for low, high in ((0, SPAN.start_ms), (SPAN.end_ms, 2**62)):
            here, there = (
                HomeRecord("", "UTC", (one,)).between(low, high),
                HomeRecord("", "UTC", (other,)).between(low, high),
            )
            assert np.array_equal(here.series[0].values, there.series[0].values)


@pytest.mark.parametrize(
    ("how", "water", "power"),
    [
        (MeterOutage.ZEROS, {0.0}, {0.0}),
        (MeterOutage.FROZEN, {0.0}, {600.0}),
        (MeterOutage.YESTERDAY, {2.0, 3.0}, {600.0}),
    ],
)
def test_what_a_filled_outage_shows(how: MeterOutage, water: set[float], power: set[float]) -> None:
    during = break_readings(record(), SPAN, how).between(SPAN.start_ms, SPAN.end_ms)
    assert set(np.diff(values(during, Quantity.WATER_VOLUME)).tolist()) == water
    assert set(values(during, Quantity.POWER).tolist()) == power


def test_an_outage_may_take_rows_away_and_leave_the_other_device_alone() -> None:
    broken = break_readings(record(), SPAN, MeterOutage.NOTHING, devices=["h-w"]).between(SPAN.start_ms, SPAN.end_ms)
    assert values(broken, Quantity.WATER_VOLUME).size == 0
    assert values(broken, Quantity.POWER).size == 60


def test_a_swapped_meter_starts_anew_and_counts_on() -> None:
    swapped = swap_meter(record(), "h-w", SPAN.start_ms, 7.0)
    litres = values(swapped.between(SPAN.start_ms, 2**62), Quantity.WATER_VOLUME)
    assert litres[0] == 7.0
    assert np.diff(litres).min() >= 2.0
    assert np.array_equal(values(swapped, Quantity.ENERGY), values(record(), Quantity.ENERGY))
