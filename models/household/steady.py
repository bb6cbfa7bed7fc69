"""Steady: what most readings are, nothing new. They are added up here, in one place and without making an object.

A reading that could say more (a flag that goes on, a hole in the data, a draw, a big load, the turn of an hour) is left
alone, and goes the whole way through `panel`. Both ways lead to the same state: a test sends the same streams through
both. This is what makes a home cheap: see the figures in the README.
"""

from __future__ import annotations

from models.flag import Flag
from models.household import hearing, stillness
from models.household.core.meters import Meter, MeterSample, learn_pace
from models.household.drift.daily import MEAL_W
from models.household.health import supply, trouble
from models.household.health.health import DeviceMemory
from models.household.load import polarity
from models.household.signs import activity
from models.household.state import HomeState
from models.quantity import BASE_UNIT, Quantity
from models.reading import Quality, Reading

_HOUR_S = 3600.0
_NOTHING_W = 2.0
_GOOD = Quality.GOOD
_WATER, _ENERGY, _POWER = Quantity.WATER_VOLUME, Quantity.ENERGY, Quantity.POWER
_KINDS = frozenset({_WATER, _ENERGY, _POWER})


class Road:
    """The way of one quantity of one device, looked up once: its meter, its device, and how often it is asked."""

    __slots__ = ("device", "meter", "poll_s", "unit")

    def __init__(self, meter: Meter, device: DeviceMemory, quantity: Quantity, poll_s: float | None) -> None:
        self.meter = meter
        self.device = device
        self.unit = BASE_UNIT[quantity]
        self.poll_s = poll_s


def pave(state: HomeState, sample: MeterSample) -> None:
    """Remember the way of a sample that went the whole way, for those that come after it."""
    quantity, meter = sample.quantity, sample.meter
    if quantity in _KINDS:
        device = state.devices[meter.device]
        road = Road(meter, device, quantity, hearing.poll_s(state, meter.device))
        state.roads[meter.device, quantity] = road


def take(state: HomeState, reading: Reading, heard_at: float, at: float, flags: list[Flag]) -> bool:
    """Take in a reading that says nothing new; False, and nothing has happened, where it might say more.

    `heard_at` is the reading's own time and `at` the gateway's, both in epoch seconds.
    """
    quantity = reading.quantity
    road: Road | None = state.roads.get((reading.device, quantity))
    if road is None or state.episodes or reading.quality is not _GOOD or reading.unit is not road.unit:
        return False
    told = reading.value
    meter, device = road.meter, road.device
    gate = meter.gate
    lasted = heard_at - meter.at
    hour = int(heard_at // _HOUR_S)
    if (
        told is None
        or gate.rise_at
        or gate.other_from
        # half as long again as usual: no hole, and no gap of the device's
        or not 0.0 < lasted <= 1.5 * meter.pace_s
        or lasted > _HOUR_S
        or heard_at - state.heard > hearing.HOLE_S
        or hour // 24 != device.gap_day
        or (quantity is not _POWER and int(meter.at // _HOUR_S) != hour)
        or state.supply.since
        or (state.frozen.passed_wh >= trouble.LEAST_WH and trouble.is_frozen(state.frozen))
    ):
        return False
    value = float(told)
    if quantity is _POWER:
        if not _is_small_load(state, value):
            return False
    elif not (
        _is_dry(state, meter, value, hour) if quantity is _WATER else _is_plain(state, meter, value, hour, lasted)
    ):
        return False
    amount = value - meter.value
    meter.value, meter.at = value, heard_at
    if quantity is not _POWER:
        gate.booked = heard_at
    if lasted != meter.pace_s:
        learn_pace(meter, lasted, road.poll_s)
    device.pace_s = meter.pace_s
    device.heard = max(device.heard, heard_at)
    if heard_at > state.heard:
        hearing.reach(state, heard_at)
    if quantity is _WATER:
        state.hours.open[hour].water_s += lasted
        state.leak.seconds += lasted
        state.water_guard.heard = heard_at
    elif quantity is _ENERGY:
        _add_energy(state, amount, lasted, heard_at)
    else:
        state.polarity.positive += 1.0
        supply.note(state.supply, value, heard_at)
        stillness.note_power(state, meter, at, flags)
    return True


def _is_dry(state: HomeState, meter: Meter, value: float, hour: int) -> bool:
    """Whether the water register stands where it stood, and nothing was running."""
    return (
        value == meter.value
        and not state.running.since
        and state.leak.hour == hour
        and hour in state.hours.open
        and state.days.today.water_l < state.settings.params.unusual.least_l
    )


def _is_plain(state: HomeState, meter: Meter, value: float, hour: int, lasted: float) -> bool:
    """Whether the energy register has moved by no more than needs looking at."""
    amount = value - meter.value
    if not state.tells_power or not 0.0 <= amount <= activity.BURST_WH or hour not in state.hours.open:
        return False
    # a register that stands still although power is drawn may be frozen: that is for the whole way to say
    return amount > 0.0 or state.frozen.passed_wh + _least_w(state) * lasted / _HOUR_S < trouble.LEAST_WH


def _is_small_load(state: HomeState, watts: float) -> bool:
    """Whether the home draws something, but nothing big."""
    return (
        state.tells_power
        and _NOTHING_W < watts < MEAL_W
        and watts < state.settings.params.load.least_w
        and not state.load.since
        and state.polarity.negative == 0.0
        and state.polarity.positive < polarity.FULL
    )


def _add_energy(state: HomeState, amount: float, lasted: float, heard_at: float) -> None:
    hour = state.hours.open[int(heard_at // _HOUR_S)]
    hour.energy_wh += amount
    hour.energy_s += lasted
    state.days.today.energy_wh += amount
    trouble.note_energy(state.frozen, amount, heard_at - lasted, heard_at, _least_w(state))


def _least_w(state: HomeState) -> float:
    return min(state.activity.slots[-2:], default=-1.0)
