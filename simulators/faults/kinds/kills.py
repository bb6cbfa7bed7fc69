"""Kills: programs that end without a word, alone, together, in the middle of something, or for a long while."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

from simulators.faults.kinds.injector import BROKER, BUILDING, INGEST, Hurt, InjectedFault, Injector
from simulators.faults.scene.installation import WEBS, WORKERS, Building
from simulators.faults.scene.server import PostgresServer

_TRIES = 12
_OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND xact_start < now() - interval '30ms'"
)


async def _gateway(injector: Injector, building: Building) -> None:
    injector.installation.supervisor.kill(building.name)


def _one_of(names: tuple[str, ...]) -> Hurt:
    async def kill(injector: Injector, _: Building) -> None:
        injector.installation.supervisor.kill(injector.rng.choice(names))

    return kill


def _all_of(*names: str, how: signal.Signals = signal.SIGKILL) -> Hurt:
    async def kill(injector: Injector, _: Building) -> None:
        for name in names:
            injector.installation.supervisor.kill(name, how)

    return kill


async def _power(injector: Injector, building: Building) -> None:
    for name in (building.name, "broker", *WORKERS, *WEBS):
        injector.installation.supervisor.kill(name)


async def _in_transaction(injector: Injector, _: Building) -> None:
    """Stop a worker, look whether the database waits for it in the middle of a transaction, and then kill it."""
    server = injector.installation.postgres
    supervisor = injector.installation.supervisor
    name = injector.rng.choice(WORKERS)
    for _try in range(_TRIES if server is not None else 0):
        supervisor.kill(name, signal.SIGSTOP)
        await asyncio.sleep(0.05)
        if server is not None and await asyncio.to_thread(_waits, server):
            injector.in_transaction += 1
            break
        supervisor.kill(name, signal.SIGCONT)
        await injector.a_while(0.0, 0.05)
    supervisor.kill(name)


def _waits(server: PostgresServer) -> bool:
    with suppress(OSError):
        return int(server.end.rows(_OPEN)[0][0]) > 0
    return False


async def _forgetful_broker(injector: Injector, _: Building) -> None:
    """Kill the broker and take away what it has written down."""
    await injector.installation.supervisor.hold("broker")
    if injector.installation.broker_store is not None:
        injector.installation.broker_store.unlink(missing_ok=True)
    injector.installation.supervisor.release("broker")


async def _outage(injector: Injector, _: Building) -> None:
    await injector.installation.supervisor.hold("broker")
    await injector.a_while(4.0, 8.0)
    injector.installation.supervisor.release("broker")


async def _outage_and_kill(injector: Injector, building: Building) -> None:
    """The broker is away for a while, and the gateway is killed with all that it could not send."""
    await injector.installation.supervisor.hold("broker")
    await injector.a_while(3.0, 6.0)
    injector.installation.supervisor.kill(building.name)
    await injector.a_while(0.3, 1.0)
    injector.installation.supervisor.release("broker")


async def _frozen_broker(injector: Injector, _: Building) -> None:
    pid = injector.installation.supervisor.pid("broker")
    if pid is None:
        return
    os.kill(pid, signal.SIGSTOP)
    await injector.a_while(3.0, 8.0)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


TABLE: dict[str, InjectedFault] = {
    "gateway": InjectedFault("kill -9 of a gateway", BUILDING, _gateway, 6),
    "worker": InjectedFault("kill -9 of one of two workers", INGEST, _one_of(WORKERS), 6),
    "web": InjectedFault("kill -9 of one of two webs", INGEST, _one_of(WEBS), 2),
    "in-transaction": InjectedFault(
        "kill -9 of a worker that was stopped in mid-transaction", INGEST, _in_transaction, 2
    ),
    "ingest-all": InjectedFault("kill -9 of both workers and both webs", INGEST, _all_of(*WORKERS, *WEBS)),
    "broker": InjectedFault("kill -9 of the broker", BROKER, _all_of("broker"), 3),
    "broker-memory": InjectedFault("the same, and what it had written down is gone too", BROKER, _forgetful_broker, 2),
    "outage": InjectedFault("broker away for 4-8 s", BROKER, _outage),
    "outage-kill": InjectedFault(
        "broker away for 3-6 s, then kill -9 of a gateway with its backlog", BROKER, _outage_and_kill
    ),
    "frozen": InjectedFault("broker frozen for 3-8 s (SIGSTOP)", BROKER, _frozen_broker),
    "postgres": InjectedFault(
        "PostgreSQL crashes (SIGQUIT: no shutdown, recovery at start)", INGEST, _all_of("postgres", how=signal.SIGQUIT)
    ),
    "power": InjectedFault("a gateway, the broker, both workers and both webs at once", INGEST, _power),
}
