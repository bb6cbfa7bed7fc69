"""The frames subcommand: what the archive of odd bytes holds, and what today's drivers make of it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gateway.assembly.lines import framing_of
from gateway.commission.decode import decode
from gateway.config.catalogue import load_settings
from gateway.drivers.document import Document
from gateway.drivers.registry import Framing
from gateway.state.archive import Odd, archive_path, read_archive


def add_frames_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway frames`."""
    parser.add_argument("--config", type=Path, default=Path("gateway.toml"), help="default: gateway.toml")
    parser.add_argument("--device", help="only what this device was asked for")
    parser.add_argument("--redecode", action="store_true", help="read the bytes again with the drivers of today")


def run_frames(args: argparse.Namespace) -> int:
    """Print one JSON line for each odd frame, and with --redecode its decoding; 1 where --redecode reads none."""
    settings, documents = load_settings(args.config)
    papers = {device.id: documents[device.document] for device in settings.devices}
    ways = {line.name: framing_of(line) for line in settings.lines}
    framings = {device.id: ways[device.line] for device in settings.devices}
    readable = shown = 0
    for odd in read_archive(archive_path(settings.gateway.state), args.device):
        shown += 1
        entry: dict[str, object] = {
            "device": odd.device,
            "at": odd.at.isoformat(),
            "code": odd.code,
            "detail": odd.detail,
            "raw": odd.raw.hex(" ").upper(),
        }
        if args.redecode:
            lines = _again(odd, papers.get(odd.device), framings.get(odd.device))
            entry["now"] = lines
            readable += bool(lines) and not any("error" in line for line in lines)
        sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    print(f"{shown} odd frames" + (f", {readable} can be read now" if args.redecode else ""), file=sys.stderr)
    return 1 if args.redecode and shown and not readable else 0


def _again(odd: Odd, paper: Document | None, framing: Framing | None) -> list[dict[str, object]]:
    if paper is None:
        return []
    decoded = decode(paper.protocol, odd.raw.hex(), [paper], framing)
    return [json.loads(line) for line in decoded.lines]
