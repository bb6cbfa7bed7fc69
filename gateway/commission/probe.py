"""The probe subcommand: read one device once and show everything: bytes both ways, decoding, quality, use.

It owns the device's line while it runs; stop the gateway first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

from gateway.assembly.lines import PolledLine, build
from gateway.bus.loop import BusLoop, Poll
from gateway.clock import Clock
from gateway.config.catalogue import load_settings
from gateway.links.contract import Link
from gateway.state.registers import read_registers
from gateway.state.store import StoreError, read_only
from models.quantity import Quantity, base_unit, to_base
from models.reading import Reading
from models.usage import LIMITS, GapReason, Showing, between


class Overhearing:
    """A link that shows what goes over it."""

    def __init__(self, link: Link) -> None:
        self.name = link.name
        self._link = link

    async def open(self) -> None:
        """See `links.contract.Link`."""
        await self._link.open()

    async def write(self, data: bytes) -> None:
        """See `links.contract.Link`."""
        _show({"sent": data.hex(" ").upper()})
        await self._link.write(data)

    async def read(self, timeout_s: float) -> bytes:
        """See `links.contract.Link`."""
        data = await self._link.read(timeout_s)
        if data:
            _show({"heard": data.hex(" ").upper()})
        return data

    def tune(self, baud: int, parity: str) -> None:
        """See `links.contract.Link`."""
        self._link.tune(baud, parity)

    def discard(self) -> bytes:
        """See `links.contract.Link`."""
        data = self._link.discard()
        if data:
            _show({"unasked": data.hex(" ").upper()})
        return data

    def close(self) -> None:
        """See `links.contract.Link`."""
        self._link.close()


def add_probe_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway probe`."""
    parser.add_argument("device", help="the id of a device in gateway.toml")
    parser.add_argument("--config", type=Path, default=Path("gateway.toml"), help="default: gateway.toml")


def run_probe(args: argparse.Namespace) -> int:
    """Read the device once; 0 when it answered, 1 when it did not, 2 where there is no such device to ask."""
    settings, documents = load_settings(args.config)
    polled, heard = build(settings, documents)
    line = next((line for line in polled if args.device in line.asked), None)
    if line is None:
        publishes = any(device.id == args.device for one in heard for device in one.devices)
        advice = "publishes by itself, it can't be asked" if publishes else "is not a device of this configuration"
        print(f"{args.device}: {advice}", file=sys.stderr)
        return 2
    clock = Clock(None if settings.clock is None else settings.clock.pace())
    poll = asyncio.run(_poll(line, args.device, clock))
    before = _before(settings.gateway.state, args.device)
    for reading in poll.readings:
        _show(_reading(reading) | _use(reading, before))
    for trouble in poll.troubles:
        _show({"error": trouble.code.value, "detail": trouble.detail, "raw": trouble.raw.hex(" ").upper()})
    _show({"answered": poll.answered, "seconds": round(poll.latency_s, 3), "line": poll.line_down or "ok"})
    return 0 if poll.answered else 1


async def _poll(line: PolledLine, device: str, clock: Clock) -> Poll:
    loop = BusLoop(Overhearing(line.link()), {device: line.asked[device]}, line.timing, clock)
    polls = loop.polls()
    try:
        return await anext(polls)
    finally:
        await polls.aclose()


def _before(state: Path, device: str) -> dict[Quantity, Showing]:
    """Return what the device's counters showed when the gateway last wrote them down."""
    try:
        with closing(read_only(state)) as db:
            return read_registers(db).get(device, {})
    except StoreError:
        return {}


def _reading(reading: Reading) -> dict[str, object]:
    return {
        "quantity": reading.quantity.value,
        "value": None if reading.value is None else f"{reading.value:f}",
        "unit": reading.unit.value,
        "quality": reading.quality.value,
        "step": None if reading.step is None else f"{reading.step:f}",
    }


def _use(reading: Reading, before: dict[Quantity, Showing]) -> dict[str, object]:
    """Say what was used since the gateway's last reading, or why that can't be known."""
    limits = LIMITS.get(reading.quantity)
    if limits is None or reading.value is None:
        return {}
    if reading.quantity not in before:
        return {"use": None, "why": "no earlier reading in the state file"}
    value = float(to_base(reading.quantity, reading.value, reading.unit))
    use = between(before[reading.quantity], Showing(value, reading.at.timestamp()), limits)
    since = datetime.fromtimestamp(use.start, reading.at.tzinfo).isoformat()
    said: dict[str, object] = {"use": use.amount, "since": since, "why": use.why.value}
    if use.why is GapReason.KNOWN and use.amount == 0:
        said["why"] = f"{use.why.value} (the same as before: no use, or frozen)"
        if reading.step is not None:
            step = float(to_base(reading.quantity, reading.step, reading.unit))
            said["unseen"] = f"less than {step:g} {base_unit(reading.quantity).value}: the step is too coarse to tell"
    return said


def _show(entry: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
