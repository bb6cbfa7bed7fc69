"""Frames decoded per second and CPU time per reading, ours beside foreign libraries, on the same frames in one run.

    python tests/bench/decoding.py [--seconds 2]

Ours goes all the way: framing, check sum, content, readings with unit and quality. The peers do what they do: none
makes readings, so the comparison favours them. Each runs for the same time, after a warm-up; these are single runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import meterbus
import pymbusparser
from dlt645.protocol.protocol import DLT645Protocol
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU

from gateway.drivers import registry
from gateway.protocols.framing import Diagnostic

GOOD = Path(__file__).resolve().parents[1] / "frames" / "good"
AT = datetime(2026, 11, 23, tzinfo=UTC)


def frames(protocol: str, document: str = "") -> list[bytes]:
    """Return the recorded answers of one protocol's drawer that give readings."""
    rows = tomllib.loads((GOOD / f"{protocol}.toml").read_text(encoding="utf-8"))["frames"]
    wanted = [row for row in rows if row.get("expect") and row.get("document", document) == document]
    return [bytes.fromhex(row["hex"]) for row in wanted]


def ours(document: str) -> Callable[[bytes], int]:
    """Return the whole way from bytes to readings, by one document; its result is how many readings came."""
    paper = registry.load_documents()[document]
    driver = registry.driver_for(paper)

    def decode(data: bytes) -> int:
        count = 0
        for event in driver.framer().feed(data):
            if not isinstance(event, Diagnostic):
                count += len(driver.overheard(paper, event, AT).answer.readings)
        return count

    return decode


def once(decode: Callable[[bytes], object]) -> Callable[[bytes], int]:
    """Count one reading for each frame that a peer decodes, and none where it raises."""

    def count(data: bytes) -> int:
        try:
            decode(data)
        except Exception:  # noqa: BLE001 the peers have their own families of exceptions; a raised frame counts nothing
            return 0
        return 1

    return count


def measure(decode: Callable[[bytes], int], data: list[bytes], seconds: float) -> dict[str, float]:
    """Run for so long and return frames per second of CPU time, CPU microseconds per reading, and the share read."""
    for frame in data:
        decode(frame)
    done = readings = read = 0
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        for frame in data:
            got = decode(frame)
            done += 1
            readings += got
            read += got > 0
    spent = time.process_time() - begun
    return {
        "frames_per_s": round(done / spent),
        "cpu_us_per_reading": round(spent / max(readings, 1) * 1e6, 1),
        "share_read": round(read / done, 3),
    }


def main() -> int:
    """Measure everything and print one JSON line each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    dlt, cjt = frames("dlt645-2007"), frames("cjt188-2004")
    water = frames("mbus", "mbus-water")
    real = frames("modbus-rtu", "xintai-water")
    rtu = FramerRTU(DecodePDU(False))
    runs: list[tuple[str, str, Callable[[bytes], int], list[bytes]]] = [
        ("DL/T 645-2007", "linshe", ours("dlt645-2007"), dlt),
        ("DL/T 645-2007", "dlt645 (frame only)", once(DLT645Protocol.deserialize), dlt),
        ("CJ/T 188-2004", "linshe", ours("cjt188-2004"), cjt),
        ("M-Bus water", "linshe", ours("mbus-water"), water),
        ("M-Bus water", "pymbusparser (Rust)", once(pymbusparser.parse), water),
        ("M-Bus water", "pymeterbus", once(lambda data: [r.value for r in meterbus.load(data).records]), water),
        ("Modbus RTU", "linshe", ours("xintai-water"), real),
        ("Modbus RTU", "pymodbus (registers only)", once(lambda data: rtu.handleFrame(data, 0, 0)), real),
    ]
    for protocol, who, decode, data in runs:
        result = {"protocol": protocol, "who": who, "frames": len(data), **measure(decode, data, seconds)}
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
