"""What a gateway writes onto its card, by the kernel's own count of the real program: bytes per home and day.

    python tests/bench/sd_card.py [--seconds 900] [--save-s 300] [--poll 60] [--keep DIR]

A simulated street of 20 homes (40 meters on pseudo terminals, each read every minute), a real broker, receipts at once.
The homes have 40 days of life behind them, as a home in use has, so that their memories have the length of grown ones.
Counted is what the process had the kernel write (/proc/PID/io `write_bytes`: pages of database and log, not what the
card makes of them), and its commits, by SQLite's own counter. The first two minutes, in which everything is new, do not
count. Beside it, counted in the same way: the plain store of a peer,
which commits each device's answer when it comes and once more when it is sent. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from gateway.state.store import Store
from models.household import panel
from models.household.settings import HomeSettings
from models.quantity import Quantity, Unit
from models.reading import Reading
from simulators.street.readings import rows
from simulators.street.street import read_street
from tests.gateway.conftest import GATEWAY, KEY, Ingester, Mosquitto, wait_for

SETTLE_S = 120.0
LIVED_DAYS = 40.0
LIVES = 4
"""So many different lives are lived before; the homes take turns at them."""
_UNITS = {unit.value: unit for unit in Unit}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--save-s", type=float, help="save_s of gateway.toml; without it the gateway's own")
    parser.add_argument("--poll", type=float, default=60.0, help="how often each meter is read, seconds")
    parser.add_argument("--keep", type=Path, help="where to leave the state file and its log, to look at")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = _measure(Path(name), args)
        naive = _plain_store(Path(name), round(args.seconds / args.poll) * 2 * int(found["homes"]))
    found["plain_store_mb_per_home_and_day"] = round(naive / args.seconds * 86_400 / 2**20 / found["homes"], 2)
    found["plain_store_times_ours"] = round(naive / max(1.0, found["written_kb"] * 1024), 1)
    for key, value in found.items():
        print(f"{key:34} {value}")
    print(json.dumps(found))
    return 0


def _measure(folder: Path, args: argparse.Namespace) -> dict[str, float]:
    broker = Mosquitto(folder)
    broker.start()
    ingester = Ingester(broker.port)
    play = ["street", "--folder", str(folder / "street"), "--no-detectors", "--poll", str(args.poll)]
    street = subprocess.Popen([sys.executable, "-m", "simulators", *play], cwd=folder)
    try:
        paper = folder / "street" / "gateway.toml"
        wait_for(paper.exists, 60, "the street's gateway.toml")
        time.sleep(1.0)
        text = paper.read_text()
        name = text.split('id = "', 1)[1].split('"', 1)[0]
        saves = "" if args.save_s is None else f"save_s = {args.save_s}\n"
        text = text.replace(f'id = "{name}"\n', f'id = "{GATEWAY}"\ncanary = false\n{saves}', 1)
        text += f'[uplink]\nhost = "127.0.0.1"\nport = {broker.port}\nkey_file = "key"\n'
        paper.write_text(text)
        (paper.parent / "key").write_text(KEY.hex())
        homes = text.count("[[homes]]")
        state = paper.parent / "gateway.sqlite"
        _live_before(state, homes)
        gateway = subprocess.Popen([sys.executable, "-m", "gateway", "run", "--config", str(paper)], cwd=paper.parent)
        try:
            return _count(gateway.pid, args.seconds, homes, ingester, state)
        finally:
            if args.keep is not None:
                args.keep.mkdir(parents=True, exist_ok=True)
                for tail in ("", "-wal"):
                    shutil.copyfile(f"{state}{tail}", args.keep / f"gateway.sqlite{tail}")
            gateway.terminate()
            gateway.wait(30)
    finally:
        street.send_signal(signal.SIGINT)
        street.wait(30)
        ingester.close()
        broker.kill()


def _live_before(state: Path, homes: int) -> None:
    """Put grown memories into a new state file; what meters showed is not among them, for these are others."""
    now = datetime.now(UTC)
    lives = [_life(number, now) for number in range(1, min(LIVES, homes) + 1)]
    with closing(Store(state, "t")) as store, store.transaction() as db:
        for number in range(1, homes + 1):
            lived = (number - 1) % len(lives) + 1
            memory = lives[lived - 1].replace(f"h-{lived:03}".encode(), f"h-{number:03}".encode())
            at_ms = int(now.timestamp() * 1000)
            db.execute("INSERT INTO home_state VALUES (?, ?, ?)", (f"h-{number:03}", memory, at_ms))


def _life(number: int, now: datetime) -> bytes:
    begin = now - timedelta(days=LIVED_DAYS)
    name = f"h-{number:03}"
    state = panel.new_home(name, HomeSettings(), begin)
    for stamp, home, device, quantity, unit, value in rows(
        read_street(f"[street]\nhomes = {number}\n", begin), LIVED_DAYS, 300.0
    ):
        if home == name and quantity != Quantity.SMOKE.value:
            at = datetime.fromisoformat(stamp).astimezone(UTC)
            panel.observe(state, Reading(device, Quantity(quantity), Decimal(value), _UNITS[unit], at), at)
            panel.tick(state, at)
            panel.drain_hours(state)
    state.meters.clear()
    return panel.dump(state)


def _count(pid: int, seconds: float, homes: int, ingester: Ingester, state: Path) -> dict[str, float]:
    time.sleep(SETTLE_S)
    begun, before, commits, messages = time.monotonic(), _written(pid), _commits(state), len(ingester.taken)
    time.sleep(seconds)
    passed, written = time.monotonic() - begun, _written(pid) - before
    a_day = written / passed * 86_400
    return {
        "homes": homes,
        "seconds": round(passed),
        "messages": len(ingester.taken) - messages,
        "commits": _commits(state) - commits,
        "written_kb": round(written / 1024),
        "mb_a_day": round(a_day / 2**20, 1),
        "mb_per_home_and_day": round(a_day / 2**20 / homes, 3),
    }


def _written(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("write_bytes")))


def _commits(state: Path) -> int:
    """Return SQLite's count of commits since the file was opened: `iChange` of the WAL-index's header."""
    with state.with_name(state.name + "-shm").open("rb") as file:
        return int(struct.unpack_from("=I", file.read(12), 8)[0])


def _plain_store(folder: Path, answers: int) -> int:
    """Return what a row per answer costs, committed as it comes and deleted as it is sent; SQLite as it comes."""
    payload = json.dumps({"device": "h-001-e", "ts": 1_795_000_000_000, "values": {"energy": 19537600, "power": 127.1}})
    with closing(sqlite3.connect(folder / "plain.sqlite", isolation_level=None)) as db:
        db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, message TEXT)")
        before = _written(os.getpid())
        for number in range(answers):
            db.execute("INSERT INTO messages (at, message) VALUES (?, ?)", (number, payload))
            db.execute("DELETE FROM messages WHERE id = ?", (number + 1,))
        return _written(os.getpid()) - before


if __name__ == "__main__":
    sys.exit(main())
