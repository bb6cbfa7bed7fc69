"""Meters: the step of a register is the one that is documented, or the smallest use seen, and goes with each use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from models.household.core.meters import Meter, MeterSample, take
from models.quantity import Quantity, Unit
from models.reading import Reading

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def samples(
    values: list[str], step: str | None = None, quantity: Quantity = Quantity.WATER_VOLUME
) -> list[MeterSample]:
    """Read a register every five minutes; its values and its step are in cubic metres."""
    meters: dict[str, Meter] = {}
    taken = [
        take(
            meters,
            Reading(
                "w",
                quantity,
                Decimal(value),
                Unit.CUBIC_METRE,
                START + timedelta(minutes=5 * number),
                step=None if step is None else Decimal(step),
            ),
            300.0,
        )
        for number, value in enumerate(values)
    ]
    return [sample for sample in taken if sample is not None]


def steps(values: list[str], step: str | None = None) -> list[float]:
    return [sample.use.step for sample in samples(values, step) if sample.use is not None]


def test_a_documented_step_goes_with_every_use_from_the_first_on() -> None:
    assert steps(["1.00", "1.00", "1.03", "1.03"], "0.01") == [10.0, 10.0]


def test_a_step_that_nobody_documented_is_the_smallest_use_seen() -> None:
    assert steps(["1", "1", "1.030", "1.040", "1.090", "1.090"]) == [0.0, 30.0, 10.0, 10.0]


def test_another_meter_brings_another_step() -> None:
    assert steps(["1.00", "1.03", "1.03", "900.000", "900.000", "900.000", "900.005", "900.005"]) == [30.0, 0.0, 5.0]


def test_a_use_below_the_step_can_not_be_told() -> None:
    (use,) = [sample.use for sample in samples(["1.00", "1.00"], "0.01") if sample.use is not None]
    assert use.amount == 0
    assert [use.tells(litres) for litres in (6.0, 9.9, 10.0, 12.0)] == [False, False, True, True]


def test_as_long_as_the_step_is_not_known_nothing_can_be_told_from_a_register_that_stands_still() -> None:
    (use,) = [sample.use for sample in samples(["1", "1"]) if sample.use is not None]
    assert not use.tells(1000.0)


def test_what_was_used_at_an_unknown_time_or_by_another_meter_tells_nothing() -> None:
    (use,) = [sample.use for sample in samples(["900.00", "1.00", "1.00", "1.00"], "0.01") if sample.use is not None]
    assert use.amount is None
    assert not use.tells(1000.0)
