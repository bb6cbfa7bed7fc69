"""HomeState: what the detectors of one home remember, and how it is stored. Times are epoch seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from models.household.core import meters as meter_room
from models.household.core.hold import Episode
from models.household.core.localtime import LocalClock
from models.household.core.meters import Meter
from models.household.drift.daily import Days, DriftDay
from models.household.health.health import DeviceMemory
from models.household.health.self_told import SelfTold
from models.household.health.supply import SupplyMemory
from models.household.health.trouble import FrozenMemory
from models.household.hours import Hour, Hours
from models.household.load.levels import Levels
from models.household.load.load import LoadMemory
from models.household.load.polarity import Polarity
from models.household.settings import HomeSettings
from models.household.signs.activity import Activity
from models.household.signs.own_loads import OwnLoads
from models.household.signs.own_loads import restored as loads_restored
from models.household.silence.inactivity import Silence
from models.household.silence.tail import Tail
from models.household.silence.water_guard import WaterGuard
from models.household.smoke import smoke as smoke_room
from models.household.smoke.smoke import SmokeMemory
from models.household.spells.spells import Stretch, unpack
from models.household.water.leak import LeakMemory
from models.household.water.running import RunningMemory
from models.quantity import Quantity

VERSION = 1
_KEEP_SEEN = 0.995


class StateError(ValueError):
    """A stored state that can't be read."""


@dataclass(slots=True)
class AwaySpan:
    """An entry of the away ledger; `until` is infinite when nobody knows."""

    entry_id: str
    since: float
    until: float


@dataclass(slots=True)
class Seen:
    """How many signs of life came by water and by load, with forgetting, and how many by load since the last draw.

    `most_loads` is the most that this home has shown between two draws, with forgetting.
    """

    draws: float = 3.0
    loads: float = 1.0
    loads_since_draw: int = 0
    most_loads: float = 4.0

    def count(self, draw: bool) -> None:
        """Count one sign."""
        self.draws *= _KEEP_SEEN
        self.loads *= _KEEP_SEEN
        if draw:
            self.draws += 1.0
            self.most_loads = max(self.most_loads * _KEEP_SEEN, float(self.loads_since_draw))
            self.loads_since_draw = 0
        else:
            self.loads += 1.0
            self.loads_since_draw += 1


@dataclass(slots=True)
class HomeState:
    """The memories of one home's detectors; made, changed and stored only through `models.household.panel`."""

    home_id: str
    settings: HomeSettings
    clock: LocalClock
    now: float
    silence: Silence
    heard: float
    """Until when data that can show life are known."""
    days: Days
    wake_at: float = 0.0
    last_sign: float = 0.0
    clock_steps: int = 0
    tells_power: bool = False
    """Whether a meter here tells power itself, so that it need not be had from energy."""
    told_away: int = 0
    """How many absences the ledger has told."""
    meters: dict[str, Meter] = field(default_factory=dict)
    devices: dict[str, DeviceMemory] = field(default_factory=dict)
    away: list[AwaySpan] = field(default_factory=list)
    episodes: dict[str, Episode] = field(default_factory=dict)
    hours: Hours = field(default_factory=Hours)
    activity: Activity = field(default_factory=Activity)
    running: RunningMemory = field(default_factory=RunningMemory)
    leak: LeakMemory = field(default_factory=LeakMemory)
    supply: SupplyMemory = field(default_factory=SupplyMemory)
    seen: Seen = field(default_factory=Seen)
    frozen: FrozenMemory = field(default_factory=FrozenMemory)
    load: LoadMemory = field(default_factory=LoadMemory)
    smoke: SmokeMemory = field(default_factory=SmokeMemory)
    polarity: Polarity = field(default_factory=Polarity)
    own_loads: OwnLoads = field(default_factory=OwnLoads)
    water_guard: WaterGuard = field(default_factory=WaterGuard)
    self_told: dict[str, SelfTold] = field(default_factory=dict)
    roads: dict[tuple[str, Quantity], Any] = field(default_factory=dict, repr=False, compare=False)
    """What `steady` has looked up once; not stored."""


def _activity(idle: dict[str, Any], trough: dict[str, Any], **rest: Any) -> Activity:
    kept = Activity(idle=Levels(**idle), trough=Levels(**trough), **rest)
    kept.fresh = [(level, low) for level, low in kept.fresh]
    return kept


def _told(**rows: Mapping[str, Any]) -> dict[str, SelfTold]:
    return {key: SelfTold(**row) for key, row in rows.items()}


_TABLES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("meters", meter_room.restored),
    ("devices", DeviceMemory),
    ("episodes", Episode),
)
_SINGLES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("activity", _activity),
    ("running", RunningMemory),
    ("load", LoadMemory),
    ("leak", LeakMemory),
    ("supply", SupplyMemory),
    ("frozen", FrozenMemory),
    ("seen", Seen),
    ("smoke", smoke_room.restored),
)
_NEWER: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("polarity", Polarity),
    ("self_told", _told),
    ("own_loads", loads_restored),
    ("water_guard", WaterGuard),
)
"""What a state of an older version may lack."""
_NUMBERS = ("now", "heard", "wake_at", "last_sign", "clock_steps", "told_away", "tells_power")
_KEPT = (*_NUMBERS, *(name for name, _ in (*_TABLES, *_SINGLES, *_NEWER)))


def dump_state(state: HomeState) -> bytes:
    """Return the memories as versioned JSON."""
    silence = state.silence
    body: dict[str, Any] = {"version": VERSION, "home": state.home_id}
    body.update({name: getattr(state, name) for name in _KEPT})
    body["away"] = state.away
    body["hours"] = {str(number): _row(hour) for number, hour in state.hours.open.items()}
    days = state.days
    body["days"] = {
        "today": _row(days.today),
        "past": [_row(day) for day in days.past],
        "rest": [days.early, days.meal_at, days.night_at, days.drift_told],
    }
    body["silence"] = {
        "since": silence.since,
        "missing_s": silence.missing_s,
        "left_on": silence.left_on,
        "spells": silence.spells.packed(),
        "peaks": [round(peak, 2) for peak in silence.peaks],
        "peak_day": silence.peak_day,
        "tail": silence.tail,
        "stretch": [silence.stretch_on, silence.stretch_off],
    }
    plain = _plain(body)
    for levels in (plain["activity"]["idle"], plain["activity"]["trough"]):
        levels["steps"] = []
    return json.dumps(plain, separators=(",", ":")).encode()


def load_state(data: bytes, settings: HomeSettings) -> HomeState:
    """Return the state that `dump_state` wrote; raises `StateError` when it can't be read."""
    try:
        body = json.loads(data)
        if body["version"] != VERSION:
            raise StateError(f"the stored state has version {body['version']}, this program reads {VERSION}")
        return _built(body, settings)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StateError(f"the stored state can't be read: {error}") from error


def _built(body: Mapping[str, Any], settings: HomeSettings) -> HomeState:
    kept = body["silence"]
    silence = Silence(kept["since"], kept["missing_s"], kept["left_on"], spells=unpack(kept["spells"]))
    silence.peaks, silence.peak_day = kept.get("peaks", []), kept.get("peak_day", 0)
    silence.tail = Tail(**kept.get("tail", {}))
    silence.stretch_on, silence.stretch_off = (Stretch(**one) for one in kept.get("stretch", [{}, {}]))
    days = Days(
        DriftDay(*body["days"]["today"]), [DriftDay(*day) for day in body["days"]["past"]], *body["days"]["rest"]
    )
    state = HomeState(body["home"], settings, LocalClock(settings.zone), body["now"], silence, body["heard"], days)
    for name in _NUMBERS:
        setattr(state, name, body[name])
    for name, made in _TABLES:
        setattr(state, name, {key: made(**row) for key, row in body[name].items()})
    for name, made in _SINGLES:
        setattr(state, name, made(**body[name]))
    for name, made in _NEWER:
        setattr(state, name, made(**body.get(name, {})))
    state.away = [AwaySpan(**span) for span in body["away"]]
    state.hours = Hours({int(number): Hour(*hour) for number, hour in body["hours"].items()})
    if state.told_away:
        state.settings = replace(settings, ledger=True)
    return state


def _plain(value: Any) -> Any:
    """Return `value` as JSON has it, a dataclass as an object of its fields.

    Milliseconds and milliwatts are enough: long floats only cost room. `dataclasses.asdict` takes three times as long,
    and all the homes of a gateway are written at once, while a smoke detector may wait.
    """
    kind = type(value)
    if kind is float:
        return round(value, 3)
    if kind is dict:
        return {key: _plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    names = getattr(kind, "__dataclass_fields__", None)
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}


def _row(value: Any) -> Any:
    """Return a dataclass of plain values as the list of them."""
    return [getattr(value, name) for name in value.__dataclass_fields__]
