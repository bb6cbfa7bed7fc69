"""Conversions are exact, and the virtual clock falls into step with the wall."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.pace import Pace
from models.quantity import Quantity, Unit, UnitError, base_unit, to_base

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "expected"),
    [
        (Quantity.WATER_VOLUME, "556677.00", Unit.CUBIC_METRE, "556677000"),
        (Quantity.WATER_VOLUME, "0.001", Unit.CUBIC_METRE, "1"),
        (Quantity.ENERGY, "123456.78", Unit.KILOWATT_HOUR, "123456780"),
        (Quantity.POWER, "0.0415", Unit.KILOWATT, "41.5"),
        (Quantity.SMOKE, "1", Unit.COUNT, "1"),
    ],
)
def test_values_convert_exactly_into_the_house_unit(quantity: Quantity, value: str, unit: Unit, expected: str) -> None:
    assert to_base(quantity, Decimal(value), unit) == Decimal(expected)


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [(Quantity.POWER, Unit.LITRE), (Quantity.WATER_VOLUME, Unit.KILOWATT_HOUR), (Quantity.SMOKE, Unit.WATT)],
)
def test_a_unit_that_does_not_fit_is_refused_by_name(quantity: Quantity, unit: Unit) -> None:
    with pytest.raises(UnitError, match=quantity.value):
        to_base(quantity, Decimal(1), unit)


def test_every_quantity_has_one_house_unit() -> None:
    assert {q: base_unit(q) for q in Quantity if base_unit(q) is Unit.COUNT}.keys() == {
        Quantity.STATUS,
        Quantity.VALVE_OPEN,
        Quantity.BATTERY_LOW,
        Quantity.SMOKE,
        Quantity.SMOKE_COUNT,
        Quantity.SMOKE_TEST,
        Quantity.SMOKE_SILENCED,
        Quantity.TAMPER,
        Quantity.DEVICE_FAULT,
        Quantity.CHAMBER_FAULT,
        Quantity.COVERED,
        Quantity.REMOVED,
        Quantity.END_OF_LIFE,
        Quantity.LINK_QUALITY,
    }


def test_a_fast_clock_reaches_the_wall_and_then_keeps_its_pace() -> None:
    pace = Pace(wall_start=NOON, virtual_start=NOON - timedelta(hours=12), rate=361, catch_up=True)
    assert pace.virtual(NOON) == NOON - timedelta(hours=12)
    assert pace.virtual(NOON + timedelta(seconds=60)) == NOON - timedelta(hours=12) + timedelta(seconds=60 * 361)
    # 12 h ahead at 360 seconds gained per second: met after 120 s
    assert pace.virtual(NOON + timedelta(seconds=120)) == NOON + timedelta(seconds=120)
    assert pace.virtual(NOON + timedelta(seconds=900)) == NOON + timedelta(seconds=900)


def test_a_clock_without_catching_up_runs_past_the_wall() -> None:
    pace = Pace(wall_start=NOON, virtual_start=NOON, rate=3600)
    assert pace.virtual(NOON + timedelta(seconds=24)) == NOON + timedelta(days=1)


def test_a_clock_stands_until_its_start_and_a_wait_includes_that() -> None:
    pace = Pace(wall_start=NOON, virtual_start=NOON - timedelta(days=2), rate=3600)
    early = NOON - timedelta(seconds=20)
    assert pace.virtual(early) == pace.virtual(NOON) == pace.virtual_start
    assert pace.wall_seconds_until(pace.virtual_start + timedelta(hours=1), early) == 21
    assert pace.wall_seconds_until(pace.virtual_start, early) == 0


@pytest.mark.parametrize("ahead_s", [1, 3600, 43200, 43320, 50000])
@pytest.mark.parametrize("catch_up", [False, True])
def test_waiting_as_long_as_told_arrives_at_the_virtual_time(ahead_s: int, catch_up: bool) -> None:
    pace = Pace(wall_start=NOON, virtual_start=NOON - timedelta(hours=12), rate=361, catch_up=catch_up)
    goal = pace.virtual_start + timedelta(seconds=ahead_s)
    wait = pace.wall_seconds_until(goal, NOON)
    arrived = pace.virtual(NOON + timedelta(seconds=wait))
    assert abs((arrived - goal).total_seconds()) < 0.01
    assert pace.wall_seconds_until(goal, NOON + timedelta(seconds=wait + 1)) == 0
