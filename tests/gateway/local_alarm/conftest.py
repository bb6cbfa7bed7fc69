"""A modem with a SIM card on a real pseudo terminal, and an alarm to tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.local_alarm.contract import LocalAlarm
from models.flag import FlagKind, Severity
from simulators.lines.pty import PtyLine
from simulators.modem.on_pty import answer
from simulators.modem.sms_modem import SmsModem

AT = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stick:
    """A modem in a port."""

    modem: SmsModem
    port: Path


@pytest.fixture
async def stick(tmp_path: Path) -> AsyncIterator[Stick]:
    line = PtyLine(tmp_path / "ttyUSB0")
    modem = SmsModem()
    task = asyncio.create_task(answer(modem, line))
    yield Stick(modem, line.path)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    line.close()


def alarm(episode: str = "ep-1", kind: FlagKind = FlagKind.SMOKE, severity: Severity = Severity.CRITICAL) -> LocalAlarm:
    return LocalAlarm("gw-1", episode, "h-1", "3-502", kind, severity, AT, "烟雾报警。", "Smoke alarm.")
