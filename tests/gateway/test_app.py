"""A fault in one home's watch ends there: the other homes on the same line are read and watched on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.app import App
from gateway.clock import Clock
from gateway.config.tolerant import load_tolerant
from gateway.health import systemd
from gateway.state.store import read_only
from models.flag import Flag
from models.household import panel
from models.household.state import HomeState
from models.reading import Reading


def rows(folder: Path, question: str) -> list[tuple[Any, ...]]:
    """What the gateway's file says; nothing before there is one."""
    if not (folder / "gateway.sqlite").exists():
        return []
    db = read_only(folder / "gateway.sqlite")
    try:
        return db.execute(question).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        db.close()


def status(folder: Path) -> dict[str, Any]:
    """The last written status."""
    told = rows(folder, "SELECT packed FROM snapshots WHERE name = 'status'")
    return dict(json.loads(zlib.decompress(told[0][0]))) if told else {"troubles": []}


def answers(folder: Path, device: str) -> int:
    return int(status(folder).get("devices", {}).get(device, {}).get("answers", 0))


def saved(folder: Path) -> set[str]:
    return {row[0] for row in rows(folder, "SELECT home FROM home_state")}


async def until(condition: Callable[[], object], app: asyncio.Task[Any]) -> None:
    """Wait for a condition while the app runs."""
    async with asyncio.timeout(90):
        while not condition():
            assert not app.done(), "the gateway has ended"
            await asyncio.sleep(0.1)


async def test_a_home_whose_watch_fails_does_not_blind_the_others(
    tmp_path: Path, meters: Any, broker: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    meters.electricity["000000000002"] = (5, 5)
    (tmp_path / "key").write_text("ab" * 32)
    config = tmp_path / "gateway.toml"
    text = (
        f'[gateway]\nid = "gw-1"\nsave_s = 0.2\n[uplink]\nhost = "127.0.0.1"\nport = {broker.port}\nkey_file = "key"\n'
    )
    text += f'[[lines]]\nname = "bus-1"\nkind = "serial"\nport = "{meters.port}"\npoll_s = 1\n'
    for number in (1, 2):
        text += f'[[homes]]\nid = "h-{number}"\n[[devices]]\nid = "e-{number}"\nhome = "h-{number}"\nline = "bus-1"\n'
        text += f'document = "dlt645-2007"\naddress = "00000000000{number}"\n'
    config.write_text(text)
    observe = panel.observe

    def odd(state: HomeState, reading: Reading, now: datetime, *, is_last: bool = True) -> list[Flag]:
        if reading.device == "e-1":
            raise ZeroDivisionError("an odd home")
        return observe(state, reading, now, is_last=is_last)

    monkeypatch.setattr(panel, "observe", odd)
    app = asyncio.create_task(App(load_tolerant(config)).run())
    await until(lambda: answers(tmp_path, "e-2") >= 2 and "h-2" in saved(tmp_path), app)
    await until(lambda: any("device e-1" in one for one in status(tmp_path)["troubles"]), app)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(60):
        await app
    assert answers(tmp_path, "e-2") >= 2
    assert "h-2" in saved(tmp_path)
    assert any("device e-1: failed: ZeroDivisionError" in one for one in status(tmp_path)["troubles"])
    assert sum("can't be worked on" in one.message for one in caplog.records) == 1, "told once"


async def test_a_clock_that_is_set_after_the_start_makes_nobody_silent(
    tmp_path: Path, meters: Any, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(Clock, "system", lambda _self: epoch + timedelta(seconds=time.monotonic() - begun))
    (tmp_path / "key").write_text("ab" * 32)
    config = tmp_path / "gateway.toml"
    config.write_text(
        f'[gateway]\nid = "gw-1"\nsave_s = 0.2\n[[lines]]\nname = "bus-1"\nkind = "serial"\nport = "{meters.port}"\n'
        'poll_s = 1\n[[homes]]\nid = "h-1"\n[[devices]]\nid = "e-1"\nhome = "h-1"\nline = "bus-1"\n'
        'document = "dlt645-2007"\naddress = "000000000001"\n'
    )
    app = asyncio.create_task(App(load_tolerant(config)).run())
    await until(lambda: meters.asked.count("000000000001") >= 4, app)
    monkeypatch.setattr(Clock, "system", lambda _self: datetime.now(UTC))
    await until(lambda: status(tmp_path).get("clock", {}).get("trusted", False), app)
    before = answers(tmp_path, "e-1")
    await until(lambda: answers(tmp_path, "e-1") >= before + 6, app)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(60):
        await app
    told = status(tmp_path)
    assert told["clock"] == {"trusted": True, "certain": True, "jumps": 1}
    assert rows(tmp_path, "SELECT count(*) FROM outbox WHERE kind = 'flag'") == [(0,)]
    assert not [one for one in told["troubles"] if "failed" in one]


def test_the_service_manager_hears_that_we_live(tmp_path: Path) -> None:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    door.bind(str(tmp_path / "door"))
    systemd.notify(systemd.ALIVE, {"NOTIFY_SOCKET": str(tmp_path / "door")})
    assert door.recv(100) == b"WATCHDOG=1"
    systemd.notify(systemd.ALIVE, {"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    systemd.notify(systemd.ALIVE, {})
    door.close()
