"""Clocks: wrong by hours, not set at boot, and at the hour when summer time ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from simulators.faults.kinds.injector import BUILDING, INGEST, InjectedFault, Injector
from simulators.faults.scene.clockwork import Clockwork
from simulators.faults.scene.installation import Building

_RIGHT = timedelta()
_HALF_HOUR = timedelta(minutes=30)
_A_YEAR = 366 * 48


async def _wrong(injector: Injector, clock: Clockwork) -> None:
    clock.step(timedelta(seconds=injector.rng.choice((-1, 1)) * injector.rng.randint(3600, 6 * 3600)))
    await injector.a_while(3.0, 7.0)
    clock.step(_RIGHT)


async def _gateway(injector: Injector, building: Building) -> None:
    await _wrong(injector, building.clock)


async def _ingest(injector: Injector, _: Building) -> None:
    await _wrong(injector, injector.installation.clock)


async def _unset(injector: Injector, building: Building) -> None:
    """A machine without a battery starts in 1970, and hears the time only after a while."""
    await injector.installation.supervisor.hold(building.name)
    building.clock.step(datetime(1970, 1, 1, tzinfo=UTC) - injector.now())
    injector.installation.supervisor.release(building.name)
    await injector.a_while(3.0, 6.0)
    building.clock.step(_RIGHT)


async def _summer_time_ends(injector: Injector, building: Building) -> None:
    """The clock stands just before an hour that comes twice, goes through the change, and is set right."""
    change = last_change(building.zone, injector.now())
    building.clock.step(change - timedelta(seconds=2) - injector.now())
    await injector.a_while(4.0, 6.0)
    building.clock.step(_RIGHT)


def last_change(zone: str, now: datetime) -> datetime:
    """Return the last time before `now` when the zone changed its offset; the last midnight if it never does."""
    local = ZoneInfo(zone)
    at = now.replace(minute=0, second=0, microsecond=0)
    for _ in range(_A_YEAR):
        if at.astimezone(local).utcoffset() != (at - _HALF_HOUR).astimezone(local).utcoffset():
            return at
        at -= _HALF_HOUR
    midnight = now.astimezone(local).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC)


TABLE: dict[str, InjectedFault] = {
    "clock": InjectedFault("a gateway's clock wrong by 1-6 h for 3-7 s, either way", BUILDING, _gateway, 2),
    "clock-1970": InjectedFault("a gateway starts in 1970 and is told the time after 3-6 s", BUILDING, _unset, 2),
    "clock-dst": InjectedFault("a gateway's clock goes through a change of summer time", BUILDING, _summer_time_ends),
    "clock-ingest": InjectedFault("the clock of workers and webs wrong by 1-6 h for 3-7 s", INGEST, _ingest),
}
