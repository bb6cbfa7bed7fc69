"""Checks of this machine and of the configuration against it: clock, disk, ports, rights, homes, what buses can carry.

They open a port for a moment and write one small file; they reach no network.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from gateway.assembly.lines import build, bus_plans
from gateway.config.settings import LineSettings, Settings
from gateway.drivers.document import Document
from gateway.drivers.registry import is_polled
from gateway.links.contract import LinkDownError
from gateway.links.serial_port import find_port, is_pseudo_terminal, opening_fault
from gateway.watch.clockwatch import NOT_BEFORE

_LEAST_FREE = 200 * 2**20
_SYNCED = Path("/run/systemd/timesync/synchronized")
_BY_ID = Path("/dev/serial/by-id")
_SLOW_ADAPTER_MS = 2


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What was looked at, how it is, and what to do about it."""

    what: str
    state: Literal["ok", "warning", "wrong"]
    text: str
    advice: str = ""


def clock(wall: datetime) -> Iterator[CheckFinding]:
    """Whether the clock can be right and somebody keeps it right."""
    if wall < NOT_BEFORE:
        advice = "timedatectl set-ntp true, or set it; until then only smoke counts"
        yield CheckFinding("clock", "wrong", f"it says {wall:%Y-%m-%d}, which is past: it was never set", advice)
    elif Path("/run/systemd/system").is_dir() and not _SYNCED.exists():
        advice = "timedatectl set-ntp true; or let chrony do it, then this warning means nothing"
        yield CheckFinding(
            "clock", "warning", f"{wall:%Y-%m-%d %H:%M} UTC, but no time service has confirmed it", advice
        )
    else:
        yield CheckFinding("clock", "ok", f"{wall:%Y-%m-%d %H:%M} UTC")


def disk(state: Path) -> Iterator[CheckFinding]:
    """Whether the state file's folder takes writes and has room."""
    folder = state.parent
    if not folder.is_dir():
        yield CheckFinding("disk", "wrong", f"{folder} is not there", f"mkdir -p {folder}")
        return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield CheckFinding(
            "disk", "wrong", f"{folder} takes no writes: {error.strerror}", "let the gateway's user write it"
        )
        return
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE:
        yield CheckFinding("disk", "wrong", f"{free // 2**20} MB are free in {folder}", "make room: 200 MB at least")
    else:
        yield CheckFinding("disk", "ok", f"{folder} takes writes, {free // 2**20} MB are free")


def port(line: LineSettings) -> Iterator[CheckFinding]:
    """Whether a serial port is there, may be opened, keeps its name, and hands bytes over at once."""
    what, wanted = f"line {line.name}", line.port or ""
    try:
        path = find_port(wanted)
    except LinkDownError as error:
        yield CheckFinding(what, "wrong", str(error), _ports_advice())
        return
    if not path.exists():
        yield CheckFinding(what, "wrong", f"{path} is not there", _ports_advice())
        return
    fault = opening_fault(path)
    if fault is not None:
        yield _unopened(what, path, fault)
        return
    yield CheckFinding(what, "ok", f"{path} opens")
    yield from _stable_name(what, path)
    yield from _quick_adapter(what, path)


def _unopened(what: str, path: Path, fault: str) -> CheckFinding:
    if not os.access(path, os.R_OK | os.W_OK):
        return CheckFinding(
            what, "wrong", f"no right to open {path}", "sudo usermod -aG dialout USER, then log in again"
        )
    if "lock" in fault.lower():
        return CheckFinding(
            what, "warning", f"{path} is in use", "by the running gateway? then all is well; else stop it"
        )
    return CheckFinding(what, "wrong", f"{path}: {fault}", "is it a serial port?")


def _stable_name(what: str, path: Path) -> Iterator[CheckFinding]:
    if path.name.startswith(("ttyUSB", "ttyACM")) and not is_pseudo_terminal(path):
        text = f"{path} is a name that changes when adapters are plugged"
        yield CheckFinding(what, "warning", text, _ports_advice())


def _quick_adapter(what: str, path: Path) -> Iterator[CheckFinding]:
    timer = Path("/sys/bus/usb-serial/devices") / Path(os.path.realpath(path)).name / "latency_timer"
    if not timer.is_file():
        return
    waits_ms = int(timer.read_text())
    if waits_ms > _SLOW_ADAPTER_MS:
        text = f"the adapter holds bytes back for {waits_ms} ms"
        yield CheckFinding(what, "warning", text, f"echo 1 > {timer}; the gateway asks for it, but has not the right")


def _ports_advice() -> str:
    names = sorted(str(path) for path in _BY_ID.iterdir()) if _BY_ID.is_dir() else []
    if names:
        return f"plugged in are {', '.join(names)}: write one of these as port"
    return "plug the adapter in; its lasting name is then in /dev/serial/by-id"


def secret_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the files that nobody else should read."""
    uplink = settings.uplink
    named = (
        [] if uplink is None else [("uplink.key_file", uplink.key_file), ("uplink.password_file", uplink.password_file)]
    )
    if uplink is not None and uplink.tls is not None:
        named.append(("uplink.tls.key_file", uplink.tls.key_file))
    alarm = settings.local_alarm
    if alarm is not None and alarm.modem is not None:
        named.append(("local_alarm.modem.pin_file", alarm.modem.pin_file))
    if alarm is not None and alarm.webhook is not None:
        named.append(("local_alarm.webhook.token_file", alarm.webhook.token_file))
    named += [(f"line {line.name}: password_file", line.password_file) for line in settings.lines]
    yield from ((name, file) for name, file in named if file is not None)


def secret_rights(name: str, file: Path) -> Iterator[CheckFinding]:
    """Whether a secret is kept from others."""
    mode = file.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield CheckFinding(name, "wrong", f"{file} can be read by others ({stat.filemode(mode)})", f"chmod 600 {file}")
    else:
        yield CheckFinding(name, "ok", f"{file} is ours alone")


def homes(settings: Settings) -> Iterator[CheckFinding]:
    """Whether each home and each line has devices."""
    with_devices = {device.home for device in settings.devices}
    for home in settings.homes:
        if home.id not in with_devices:
            yield CheckFinding(
                f"home {home.id}", "wrong", "has no device: nobody watches it", "add [[devices]], or remove it"
            )
    used = {device.line for device in settings.devices}
    for line in settings.lines:
        if line.name not in used:
            yield CheckFinding(f"line {line.name}", "warning", "nothing hangs on it", "add its devices, or remove it")


def speeds(settings: Settings, documents: Mapping[str, Document]) -> Iterator[CheckFinding]:
    """Whether devices are spoken to at the speed that is usual for them."""
    lines = {line.name: line for line in settings.lines if line.kind == "serial"}
    for device in settings.devices:
        line, paper = lines.get(device.line), documents[device.document]
        if line is None or not is_polled(paper):
            continue
        said = (device.baud or line.baud, device.parity or line.parity)
        usual = (paper.timing.baud, paper.timing.parity)
        if said != usual and not is_pseudo_terminal(Path(line.port or "")):
            text = f"is asked at {said[0]} 8{said[1]}1; usual for {paper.name} is {usual[0]} 8{usual[1]}1"
            yield CheckFinding(f"device {device.id}", "warning", text, "if it does not answer, give it baud and parity")


def load(settings: Settings, documents: Mapping[str, Document]) -> Iterator[CheckFinding]:
    """Whether each bus can carry what is asked of it."""
    polled, _ = build(settings, documents)
    for name, plan in bus_plans(polled, 1.0 if settings.clock is None else settings.clock.rate).items():
        asked = sum(3600 * plan.rate / beat for beat in plan.poll_s.values())
        seconds = sum(plan.wire_s[device] * 3600 * plan.rate / beat for device, beat in plan.poll_s.items())
        text = f"{asked:.0f} polls an hour are asked for; they take {seconds / 36:.0f} % of the wire's time"
        if seconds > 3600:
            yield CheckFinding(f"line {name}", "warning", text, "raise poll_s or share the devices among two lines")
        else:
            yield CheckFinding(f"line {name}", "ok", text)
