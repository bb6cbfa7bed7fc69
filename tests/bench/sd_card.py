"""What a gateway writes onto its card, by the kernel's own count of the real program: bytes per home and day.

    python tests/bench/sd_card.py [--seconds 900] [--save-s 30]

A simulated street of 20 homes (40 meters on pseudo terminals), a real broker, receipts at once. Counted is what the
process had the kernel write (/proc/PID/io `write_bytes`: pages of database and log, not what the card makes of them).
The first two minutes, in which everything is new, do not count; a quarter of an hour holds one round of summaries.
Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.gateway.conftest import GATEWAY, KEY, Ingester, Mosquitto, wait_for

SETTLE_S = 120.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--save-s", type=float)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = _measure(Path(name), args.seconds, args.save_s)
    for key, value in found.items():
        print(f"{key:28} {value}")
    print(json.dumps(found))
    return 0


def _measure(folder: Path, seconds: float, save_s: float | None) -> dict[str, float]:
    broker = Mosquitto(folder)
    broker.start()
    ingester = Ingester(broker.port)
    street = subprocess.Popen(
        [sys.executable, "-m", "simulators", "street", "--folder", str(folder / "street"), "--no-detectors"], cwd=folder
    )
    try:
        paper = folder / "street" / "gateway.toml"
        wait_for(paper.exists, 60, "the street's gateway.toml")
        time.sleep(1.0)
        text = paper.read_text()
        name = text.split('id = "', 1)[1].split('"', 1)[0]
        saves = "" if save_s is None else f"save_s = {save_s}\n"
        text = text.replace(f'id = "{name}"\n', f'id = "{GATEWAY}"\ncanary = false\n{saves}', 1)
        text += f'[uplink]\nhost = "127.0.0.1"\nport = {broker.port}\nkey_file = "key"\n'
        paper.write_text(text)
        (paper.parent / "key").write_text(KEY.hex())
        homes = text.count("[[homes]]")
        gateway = subprocess.Popen([sys.executable, "-m", "gateway", "run", "--config", str(paper)], cwd=paper.parent)
        try:
            return _count(gateway.pid, seconds, homes, ingester)
        finally:
            gateway.terminate()
            gateway.wait(30)
    finally:
        street.send_signal(signal.SIGINT)
        street.wait(30)
        ingester.close()
        broker.kill()


def _count(pid: int, seconds: float, homes: int, ingester: Ingester) -> dict[str, float]:
    time.sleep(SETTLE_S)
    begun, before, messages = time.monotonic(), _written(pid), len(ingester.taken)
    time.sleep(seconds)
    passed, written = time.monotonic() - begun, _written(pid) - before
    a_day = written / passed * 86_400
    return {
        "homes": homes,
        "seconds": round(passed),
        "messages": len(ingester.taken) - messages,
        "written_kb": round(written / 1024),
        "mb_a_day": round(a_day / 2**20, 1),
        "mb_per_home_and_day": round(a_day / 2**20 / homes, 2),
    }


def _written(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("write_bytes")))


if __name__ == "__main__":
    sys.exit(main())
