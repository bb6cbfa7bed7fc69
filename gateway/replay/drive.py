"""Drive: recorded readings through the watcher, and time with them; flags come out in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.replay.order import HeardReading, in_order
from gateway.replay.rows import RecordedTable, Stream
from gateway.replay.zone import SeenZone
from gateway.watch.common_causes import CommonCauses
from gateway.watch.watcher import TICK, Watcher
from models.flag import Flag
from models.household import panel
from models.household.common_cause.common_cause import CauseScope
from models.household.settings import DeviceWatch, HomeSettings
from models.household.state import HomeState
from models.quantity import Quantity
from models.reading import Reading
from models.wire.messages import AwayEntry, HomeWatchState


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """How to watch the homes: `configured` by name, every other one by `default` in the zone it is seen in."""

    default: HomeSettings
    configured: Mapping[str, HomeSettings]
    places: tuple[CauseScope, ...] = ()
    """What the configured homes have in common."""


class Run:
    """One replay: all rows of a table through one watcher, in their own time, which stops at the last row."""

    def __init__(self, table: RecordedTable, plan: ReplayPlan) -> None:
        self._table = table
        self._heard = in_order(table)
        self._names = _names(table.streams)
        self._watcher = _watcher(table, self._names, self._heard, plan)
        self._places = CommonCauses(plan.places, plan.default.zone)

    def flags(self, ledger: Iterable[AwayEntry], progress: Callable[[int, int], None]) -> Iterator[Flag]:
        """Send the rows through and give the flags as they come; `progress(done, all)` is called now and then."""
        heard, watcher = self._heard, self._watcher
        if not heard:
            return
        entries = sorted(ledger, key=lambda entry: entry.since, reverse=True)
        now = heard[0].now
        wake = now + TICK
        wake_s = wake.timestamp()
        for done, (at, row) in enumerate(heard):
            if at > now:
                while entries and entries[-1].since <= at:
                    entry = entries.pop()
                    told_at = max(now, entry.since)
                    yield from self._places.sift(watcher.tell_away([entry], told_at), told_at)
                while wake < at:
                    yield from self._places.sift(watcher.tick(wake), wake)
                    wake = max(wake + TICK, _whole_minute(watcher.next_wake(wake)))
                    wake_s = wake.timestamp()
                now = at
            stream = self._table.streams[row.stream]
            reading = Reading(self._names[row.stream], stream.quantity, row.value, stream.unit, row.at, row.quality)
            flags = watcher.observe(reading, at, is_last=self._is_last(done))
            if flags:
                yield from self._places.sift(flags, at)
            # a home that wants to be looked at before the next round brings the round forward
            if watcher.states[stream.home].wake_at < wake_s and wake > at + TICK:
                wake = max(at + TICK, _whole_minute(panel.next_wake(watcher.states[stream.home])))
                wake_s = wake.timestamp()
            if not done % 5000:
                progress(done, len(heard))
        yield from self._places.sift(watcher.tick(now), now)
        yield from self._places.empty()
        progress(len(heard), len(heard))

    def _is_last(self, place: int) -> bool:
        """Whether no other row of the same device and moment follows: rows of one message stand together."""
        if place + 1 == len(self._heard):
            return True
        (at, row), (next_at, next_row) = self._heard[place : place + 2]
        return at != next_at or self._names[row.stream] != self._names[next_row.stream]

    def states(self) -> list[HomeWatchState]:
        """Return how well each home is watched at the end."""
        return self._watcher.watch_states(self._heard[-1].now) if self._heard else []


def _whole_minute(at: datetime) -> datetime:
    """Round up: homes are looked at together, once a minute at most, as the daemon does."""
    return datetime.fromtimestamp(-(-at.timestamp() // 60) * 60, UTC)


def _names(streams: list[Stream]) -> list[str]:
    """Return the device of each stream; where homes use the same device name, the home's name goes before it."""
    homes: dict[str, set[str]] = {}
    for stream in streams:
        homes.setdefault(stream.device, set()).add(stream.home)
    return [stream.device if len(homes[stream.device]) == 1 else f"{stream.home}/{stream.device}" for stream in streams]


def _watcher(table: RecordedTable, names: list[str], heard: list[HeardReading], plan: ReplayPlan) -> Watcher:
    first: dict[str, datetime] = {}
    for at, row in heard:
        first.setdefault(table.streams[row.stream].home, at)
    devices: dict[str, dict[str, set[Quantity]]] = {}
    for stream, name in zip(table.streams, names, strict=True):
        devices.setdefault(stream.home, {}).setdefault(name, set()).add(stream.quantity)
    states: dict[str, HomeState] = {}
    for home, at in first.items():
        settings = plan.configured.get(home)
        if settings is None:
            seen = tuple(DeviceWatch(name, frozenset(told)) for name, told in devices[home].items())
            settings = replace(plan.default, zone=SeenZone(table.offsets[home]), devices=seen)
        states[home] = panel.new_home(home, settings, at - timedelta(seconds=1))
    home_of = {name: stream.home for stream, name in zip(table.streams, names, strict=True)}
    return Watcher(states, home_of)
