"""A fault in one home's watch ends there: the other homes on the same line are read and watched on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import systemd
from gateway.app import App
from gateway.catalogue import load_settings
from gateway.clock import Clock
from gateway.store import read_only
from models.flag import Flag
from models.household import panel
from models.household.state import HomeState
from models.reading import Reading


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

    def odd(state: HomeState, reading: Reading, now: datetime) -> list[Flag]:
        if reading.device == "e-1":
            raise ZeroDivisionError("an odd home")
        return observe(state, reading, now)

    monkeypatch.setattr(panel, "observe", odd)
    app = asyncio.create_task(App(*load_settings(config)).run())
    await asyncio.sleep(3.5)
    assert not app.done()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(10):
        await app
    db = read_only(tmp_path / "gateway.sqlite")
    status = json.loads(db.execute("SELECT value FROM facts WHERE name = 'status'").fetchone()[0])
    saved = {row[0] for row in db.execute("SELECT home FROM home_state")}
    db.close()
    assert status["devices"]["e-2"]["answers"] >= 2
    assert "h-2" in saved
    assert any("device e-1: failed: ZeroDivisionError" in one for one in status["troubles"])
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
    app = asyncio.create_task(App(*load_settings(config)).run())
    await asyncio.sleep(2.5)
    monkeypatch.setattr(Clock, "system", lambda _self: datetime.now(UTC))
    await asyncio.sleep(8)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(10):
        await app
    db = read_only(tmp_path / "gateway.sqlite")
    status = json.loads(db.execute("SELECT value FROM facts WHERE name = 'status'").fetchone()[0])
    flags = db.execute("SELECT count(*) FROM outbox WHERE kind = 'flag'").fetchone()[0]
    db.close()
    assert status["clock"] == {"trusted": True, "jumps": 1}
    assert status["devices"]["e-1"]["answers"] >= 5
    assert flags == 0
    assert not [one for one in status["troubles"] if "failed" in one]


def test_the_service_manager_hears_that_we_live(tmp_path: Path) -> None:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    door.bind(str(tmp_path / "door"))
    systemd.notify(systemd.ALIVE, {"NOTIFY_SOCKET": str(tmp_path / "door")})
    assert door.recv(100) == b"WATCHDOG=1"
    systemd.notify(systemd.ALIVE, {"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    systemd.notify(systemd.ALIVE, {})
    door.close()
