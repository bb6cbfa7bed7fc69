"""Attacks: what comes too often, out of turn, from an impostor, or in the middle of a change of the house itself."""

from __future__ import annotations

import asyncio
import re
import secrets
import signal
import sqlite3
from contextlib import closing, suppress

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulators.demo.children import ChildError
from simulators.demo.ports import HOST
from simulators.demo.stage import is_ready
from simulators.faults.kinds.injector import BESIDE, BUILDING, INGEST, InjectedFault, Injector, leave
from simulators.faults.scene.installation import WEBS, WORKERS, Building

_OLD = 200
_UP_S = 120.0
_AWAY = re.compile(
    r"connect|refused|closed|does not answer|starting up|shutting down|recovery mode|terminat|locked", re.IGNORECASE
)


async def _replay(injector: Injector, _: Building) -> None:
    """Say again what was said long ago, three times and in any order."""
    old = list(injector.overheard)
    again = [one for one in injector.rng.sample(old, min(_OLD, len(old))) for _ in range(3)]
    injector.rng.shuffle(again)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="replayer", protocol=mqtt.MQTTv5)
    with suppress(OSError):  # the broker may be coming up
        await asyncio.to_thread(client.connect, HOST, injector.installation.ports.broker)
    client.loop_start()
    for topic, sealed in again:
        client.publish(topic, sealed, qos=1)
    await injector.a_while(0.5, 1.0)
    await asyncio.to_thread(leave, client)


async def _twin(injector: Injector, building: Building) -> None:
    """Another machine with the same name and key connects: a copied card, a spare that was not given its own name."""
    installation = injector.installation
    name = f"twin-{building.name}"
    await installation.supervisor.start(name, "gateway", "run", "--config", str(installation.write_twin(building)))
    await injector.a_while(3.0, 5.0)
    await installation.supervisor.stop(name)


async def _upgrade(injector: Injector, _: Building) -> None:
    """Under load: the schema goes back a step, workers die in it, an upgrade is killed in its middle, another ends."""
    installation = injector.installation
    migrate = installation.ingest(WORKERS[0])
    await _insist(injector, *migrate, "migrate", "--back")
    for name in (*WORKERS, WEBS[0]):
        installation.supervisor.kill(name)
    name = "migrate-killed"
    child = await installation.supervisor.start(name, *migrate, "migrate")
    await injector.a_while(0.3, 2.0)
    if child.process is not None and child.process.returncode is None:
        installation.supervisor.kill(name, signal.SIGKILL)
    await installation.supervisor.stop(name)
    await _insist(injector, *migrate, "migrate")


async def _insist(injector: Injector, *command: str) -> None:
    """Run a command as somebody would who sees that the database is away: until it is back. No other failure counts."""
    for _try in range(40):
        try:
            await injector.installation.supervisor.run_once("migrate", *command)
        except ChildError as error:
            if not _AWAY.search(str(error)):
                raise
            await asyncio.sleep(1.0)
        else:
            return
    raise ChildError(f"{' '.join(command)} did not work forty times")


async def _first_start(injector: Injector, _: Building) -> None:
    """Two programs prepare one empty database and start on it in the same moment; both must come up."""
    installation = injector.installation
    injector.first_starts += 1
    name = f"first_{secrets.token_hex(4)}"
    url = f"sqlite:///../{name}.sqlite" if installation.postgres is None else installation.postgres.url_of(name)
    if installation.postgres is None:
        with closing(sqlite3.connect(installation.folder.root / f"{name}.sqlite")):
            pass
    else:
        await _until_made(injector, name)
    pair = [f"{name}-a", f"{name}-b"]
    for one, port in zip(pair, installation.ports.spare, strict=True):
        installation.write_ingest(one, url, port)
    await asyncio.gather(*(_insist(injector, *installation.ingest(one), "migrate") for one in pair))
    try:
        await asyncio.gather(*(installation.supervisor.start(one, *installation.ingest(one), "serve") for one in pair))
        await asyncio.gather(*(_until_ready(port) for port in installation.ports.spare))
    finally:
        await installation.supervisor.stop(*pair)


async def _until_made(injector: Injector, name: str) -> None:
    assert injector.installation.postgres is not None
    for _try in range(100):
        try:
            await asyncio.to_thread(injector.installation.postgres.make_database, name)
        except OSError:  # it may be what is being hurt
            await asyncio.sleep(0.5)
        else:
            return
    raise ChildError(f"the database {name} could not be made")


async def _until_ready(port: int) -> None:
    try:
        async with asyncio.timeout(_UP_S):
            while not await asyncio.to_thread(is_ready, port):
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise ChildError(f"one of two first starts did not come up at port {port} in {_UP_S:g} s") from error


TABLE: dict[str, InjectedFault] = {
    "replay": InjectedFault("200 old envelopes, three times each, in any order", BESIDE, _replay, 4),
    "twin": InjectedFault("a second gateway of the same name for 3-5 s", BUILDING, _twin),
    "upgrade": InjectedFault("schema a step back, upgrade killed, upgraded, all under load", INGEST, _upgrade),
    "first-start": InjectedFault("two programs start at once on an empty database", BESIDE, _first_start, 2),
}
