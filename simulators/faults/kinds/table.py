"""Table: every fault by its name. A new fault is one row in the file of its kind."""

from __future__ import annotations

from simulators.faults.kinds import attacks, clocks, disks, kills, networks, wires
from simulators.faults.kinds import vendors as companies
from simulators.faults.kinds.injector import InjectedFault
from simulators.faults.scene.installation import Installation

TABLE: dict[str, InjectedFault] = {
    **kills.TABLE,
    **networks.TABLE,
    **disks.TABLE,
    **wires.TABLE,
    **clocks.TABLE,
    **attacks.TABLE,
    **companies.TABLE,
}


def possible(installation: Installation) -> list[str]:
    """Return what can be done to this house on this machine."""
    missing: set[str] = set()
    if installation.postgres is None:
        missing |= {"postgres", "postgres-disk", "in-transaction"}
    else:
        missing |= {"torn-ingest", "ingest-disk"}
    if not all(building.has_small_disk for building in installation.buildings):
        missing |= {"disk-full", "disk-read-only"}
    if installation.buildings[0].wire is None:
        missing.add("unplugged")
    if installation.clockwork is None:
        missing |= set(clocks.TABLE)
    return [name for name in TABLE if name not in missing]
