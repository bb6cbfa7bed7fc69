"""Wires: the adapter of a serial line is pulled out, and put in again as another terminal of the same name."""

from __future__ import annotations

from simulators.faults.kinds.injector import WIRE, InjectedFault, Injector
from simulators.faults.scene.installation import Building


async def _unplugged(injector: Injector, _: Building) -> None:
    wire = next(building.wire for building in injector.installation.buildings if building.wire is not None)
    await wire.pull_out()
    await injector.a_while(0.5, 4.0)
    wire.plug_in()


TABLE: dict[str, InjectedFault] = {
    "unplugged": InjectedFault(
        "the serial adapter of a line with smoke relays pulled for 0.5-4 s", WIRE, _unplugged, 2
    ),
}
