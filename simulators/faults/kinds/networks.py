"""Networks: cut, deaf, slow, mixed up, and answers that are lost."""

from __future__ import annotations

from collections.abc import Callable

from simulators.faults.kinds.injector import BROKER, BUILDING, Hurt, InjectedFault, Injector
from simulators.faults.scene.installation import Building
from simulators.faults.scene.proxy import Proxy, Weather


def _spoil(
    side: Callable[[Injector, Building], Proxy], weather: Weather, least: float = 0.3, most: float = 3.0
) -> Hurt:
    async def spoil(injector: Injector, building: Building) -> None:
        proxy = side(injector, building)
        proxy.turn(weather)
        await injector.a_while(least, most)
        proxy.turn(Weather.FAIR)

    return spoil


def _own(_: Injector, building: Building) -> Proxy:
    return building.network


def _ingest(injector: Injector, _: Building) -> Proxy:
    return injector.installation.to_ingest


TABLE: dict[str, InjectedFault] = {
    "cut": InjectedFault("network gateway-broker cut for 0.3-3 s", BUILDING, _spoil(_own, Weather.CUT), 3),
    "half-open": InjectedFault(
        "the same, half open: what is sent is lost", BUILDING, _spoil(_own, Weather.HALF_OPEN), 2
    ),
    "slow": InjectedFault("the same, 4 kB a second", BUILDING, _spoil(_own, Weather.SLOW), 2),
    "mixed": InjectedFault("the same, messages in another order", BUILDING, _spoil(_own, Weather.MIXED, 1.0, 3.0), 2),
    "no-receipts": InjectedFault("the same, receipts lost on their way", BUILDING, _spoil(_own, Weather.ONE_WAY), 3),
    "cut-ingest": InjectedFault("network broker-workers cut for 0.3-3 s", BROKER, _spoil(_ingest, Weather.CUT), 2),
    "deaf-ingest": InjectedFault("the same, half open", BROKER, _spoil(_ingest, Weather.HALF_OPEN)),
    "mixed-ingest": InjectedFault(
        "the same, messages in another order", BROKER, _spoil(_ingest, Weather.MIXED, 1.0, 3.0), 2
    ),
}
