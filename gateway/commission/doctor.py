"""The doctor subcommand: is this machine ready to watch? What was looked at, how it is, what to do."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from gateway.clock import Clock
from gateway.commission import checks, reach
from gateway.commission.checks import CheckFinding
from gateway.config.catalogue import load_settings
from gateway.config.settings import Settings
from gateway.drivers.document import Document
from gateway.local_alarm.registry import build_ways, people_of
from models.kit.config_reader import ConfigError
from models.kit.secrets import SecretError

_MARKS = {"ok": "ok  ", "warning": "warn", "wrong": "BAD "}


def add_doctor_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway doctor`."""
    parser.add_argument("--config", type=Path, default=Path("gateway.toml"), help="default: gateway.toml")
    parser.add_argument("--json", action="store_true", help="findings as JSON")


def run_doctor(args: argparse.Namespace) -> int:
    """Print every finding; 0 when nothing is wrong, 1 otherwise."""
    findings = list(_examine(args.config))
    if args.json:
        print(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=2))
    else:
        for one in findings:
            print(f"{_MARKS[one.state]}  {one.what}: {one.text}" + (f"\n      → {one.advice}" if one.advice else ""))
    return 1 if any(one.state == "wrong" for one in findings) else 0


def _examine(config: Path) -> Iterator[CheckFinding]:
    try:
        settings, documents = load_settings(config)
    except ConfigError as error:
        for problem in error.problems:
            text = f"line {problem.line}: {problem.key}: {problem.message}"
            yield CheckFinding(str(config), "wrong", text, "correct it; nothing else can be tested before")
        return
    counts = f"{len(settings.homes)} homes, {len(settings.devices)} devices, {len(settings.lines)} lines"
    yield CheckFinding(str(config), "ok", counts)
    yield from _machine(settings, documents)
    yield from asyncio.run(_network(settings))


def _machine(settings: Settings, documents: Mapping[str, Document]) -> Iterator[CheckFinding]:
    yield from checks.clock(Clock().wall())
    yield from checks.disk(settings.gateway.state)
    for line in settings.lines:
        if line.kind == "serial":
            yield from checks.port(line)
    for name, file in checks.secret_files(settings):
        yield from checks.secret_rights(name, file)
    yield from checks.homes(settings)
    yield from checks.speeds(settings, documents)
    yield from checks.load(settings, documents)


async def _network(settings: Settings) -> list[CheckFinding]:
    findings: list[CheckFinding] = []
    for line in settings.lines:
        if line.kind == "tcp":
            findings.append(await reach.server(f"line {line.name}", line.host or "", line.tcp_port or 0))
        if line.kind == "mqtt":
            try:
                findings.append(await reach.line_broker(line))
            except SecretError as error:
                findings.append(CheckFinding(f"line {line.name}", "wrong", str(error)))
    findings += await _local_alarm(settings)
    if settings.uplink is None:
        text, advice = "none is configured: nobody hears of a flag", "add [uplink] with host and key_file"
        return [*findings, CheckFinding("uplink", "warning", text, advice)]
    return [*findings, *await reach.uplink(settings.gateway.id, settings.uplink)]


async def _local_alarm(settings: Settings) -> list[CheckFinding]:
    """Whether the gateway itself could tell somebody: the modem is unlocked and registered, the relay opens."""
    if settings.local_alarm is None:
        text, advice = "none is configured: without the cloud nobody is told", "add [local_alarm] with a way to tell"
        return [CheckFinding("local alarm", "warning", text, advice)]
    findings = []
    for way in build_ways(settings.local_alarm, people_of(settings.local_alarm, lambda: None)):
        fault = await way.check()
        what = f"local alarm by {way.name}"
        if fault is None:
            findings.append(CheckFinding(what, "ok", "is ready"))
        elif "lock" in fault.lower() and "SIM" not in fault:
            findings.append(
                CheckFinding(what, "warning", fault, "by the running gateway? then ask `status`; else stop it")
            )
        else:
            findings.append(
                CheckFinding(what, "wrong", fault, "until it is mended nobody is told while the cloud is away")
            )
    return findings
