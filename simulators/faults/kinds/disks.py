"""Disks: full, refusing, read-only, torn by a power cut, worn out."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
from contextlib import suppress
from pathlib import Path

from simulators.demo.children import ChildError
from simulators.faults.kinds.injector import BUILDING, INGEST, InjectedFault, Injector
from simulators.faults.kinds.tearing import cut_power, wear_out
from simulators.faults.scene.installation import WEBS, WORKERS, Building

_NOTHING = 512
"""No file may grow beyond this: every write of a database fails."""


async def _full(injector: Injector, building: Building) -> None:
    """Leave the gateway no byte to write, for a while."""
    ballast = [building.state / "ballast", building.state / "ballast-2"]
    with suppress(OSError), ballast[0].open("wb") as file:
        while True:
            file.write(bytes(65536))
    free = shutil.disk_usage(building.state).free
    with suppress(OSError), ballast[1].open("wb") as file:
        file.write(bytes(free))
    await injector.a_while(0.5, 3.0)
    for one in ballast:
        one.unlink(missing_ok=True)


async def _refusing(injector: Injector, building: Building) -> None:
    """Let every write of the running gateway fail with an error, for a while."""
    pid = injector.installation.supervisor.pid(building.name)
    _limit(pid, _NOTHING)
    await injector.a_while(0.5, 3.0)
    _limit(pid, resource.RLIM_INFINITY)


async def _refusing_sqlite(injector: Injector, _: Building) -> None:
    """The same with the ingester's programs on one SQLite file: no flag can be stored, none may get a receipt."""
    programs = [injector.installation.supervisor.pid(name) for name in (*WORKERS, *WEBS)]
    for pid in programs:
        _limit(pid, _NOTHING)
    await injector.a_while(0.5, 3.0)
    for pid in programs:
        _limit(pid, resource.RLIM_INFINITY)


async def _refusing_postgres(injector: Injector, _: Building) -> None:
    """The same with the database server: it panics, and can not recover until its disk takes writes again."""
    pid = injector.installation.supervisor.pid("postgres")
    if pid is None:
        return
    await _limit_postgres(injector, pid, f"{_NOTHING}:unlimited")
    await injector.a_while(0.5, 3.0)
    await _limit_postgres(injector, pid, "unlimited:unlimited")


async def _limit_postgres(injector: Injector, pid: int, size: str) -> None:
    """Set the limit of the server and of all that serve for it: as its own user, for not every root may do it."""
    user = "postgres" if os.geteuid() == 0 else None
    for one in _with_children(pid):
        with suppress(ChildError):  # it has just ended
            await injector.installation.supervisor.run_command(
                "prlimit", ["prlimit", f"--pid={one}", f"--fsize={size}"], user
            )


async def _read_only(injector: Injector, building: Building) -> None:
    """The gateway loses its power and finds its disk read-only, as a card in trouble makes it, until somebody helps."""
    supervisor, state = injector.installation.supervisor, str(building.state)
    await supervisor.hold(building.name)
    await supervisor.run_command("remount", ["mount", "-o", "remount,ro", state])
    supervisor.release(building.name)
    await injector.a_while(1.0, 4.0)
    await supervisor.run_command("remount", ["mount", "-o", "remount,rw", state])


async def _power_cut(injector: Injector, building: Building) -> None:
    """The power goes in the middle of a write: the end of the log is torn, and pages that were being moved too."""
    await injector.installation.supervisor.hold(building.name)
    await asyncio.to_thread(_tear, injector, building.file)
    injector.installation.supervisor.release(building.name)


async def _power_cut_ingest(injector: Injector, _: Building) -> None:
    """The same with the ingester's SQLite file."""
    programs = (*WORKERS, *WEBS)
    await asyncio.gather(*(injector.installation.supervisor.hold(name) for name in programs))
    await asyncio.to_thread(_tear, injector, injector.installation.folder.database)
    for name in programs:
        injector.installation.supervisor.release(name)


async def _worn_out(injector: Injector, building: Building) -> None:
    """Pages of the state file are gone: what can be read of it is saved, and no home believes it told what is lost."""
    installation = injector.installation
    await installation.supervisor.hold(building.name)
    if building.file.exists():
        building.file.write_bytes(wear_out(injector.rng, building.file.read_bytes()))
        installation.street.forgive(building.homes, installation.steady())
    for old in building.state.glob("*.unsound-*"):  # a disk of 24 MB has no room for a hundred of them
        old.unlink()
    installation.supervisor.release(building.name)


def _tear(injector: Injector, path: Path) -> None:
    """Rewrite a file and its log as a power cut may leave them. Whoever uses them must be dead."""
    log = path.with_name(path.name + "-wal")
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    if path.exists() and log.exists():
        torn, torn_log = cut_power(injector.rng, path.read_bytes(), log.read_bytes())
        path.write_bytes(torn)
        log.write_bytes(torn_log)


def _limit(pid: int | None, size: int) -> None:
    if pid is not None:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _with_children(pid: int) -> list[int]:
    with suppress(OSError):
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())]
    return [pid]


TABLE: dict[str, InjectedFault] = {
    "disk-full": InjectedFault("a gateway's disk full for 0.5-3 s", BUILDING, _full, 2),
    "disk-refuses": InjectedFault("every write of a gateway fails for 0.5-3 s", BUILDING, _refusing, 2),
    "disk-read-only": InjectedFault("a gateway starts on a read-only disk, for 1-4 s", BUILDING, _read_only, 1),
    "torn": InjectedFault("power cut: a gateway's state file and log torn in mid-write", BUILDING, _power_cut, 3),
    "worn": InjectedFault("a gateway's state file with unreadable pages", BUILDING, _worn_out, 1),
    "postgres-disk": InjectedFault(
        "every write of PostgreSQL fails for 0.5-3 s: it panics", INGEST, _refusing_postgres
    ),
    "ingest-disk": InjectedFault(
        "every write of the ingester's SQLite file fails for 0.5-3 s", INGEST, _refusing_sqlite
    ),
    "torn-ingest": InjectedFault("power cut: the ingester's SQLite file and log torn", INGEST, _power_cut_ingest),
}
