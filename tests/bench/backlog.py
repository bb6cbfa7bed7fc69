"""After an outage: how fast a gateway's backlog drains, and whether new smoke waits for it.

    python tests/bench/backlog.py [--homes 20] [--days 2] [--alarms 20]

A real gateway with an outbox of that many days, a real broker and a real ingester on SQLite. While the backlog drains,
detectors sound one after the other. Prints the rate against the live one (each home's summary every 15 minutes, a
heartbeat each minute), the alarms' way from the detector's publish to the ingester's row, and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.outbox.outbox import Outbox, waiting
from gateway.outbox.post import Sender
from gateway.outbox.priority import Rank
from gateway.state.store import Store, read_only
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import FlagBody, HourUse, UsageSummary
from tests.gateway.conftest import Mosquitto, wait_for

GATEWAY = "gw-1"
SUMMARY_S, BEAT_S = 900, 60
INGEST = (sys.executable, "-m", "ingest", "--config", "ingest.toml")


def main() -> int:
    """Run it; 0 when the rate and the order are as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=20)
    parser.add_argument("--days", type=float, default=2.0)
    parser.add_argument("--alarms", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = _measure(Path(name), args.homes, args.days, args.alarms)
    for key, value in found.items():
        print(f"{key:28} {value}")
    print(json.dumps(found))
    return 0 if found["times_live"] >= 20 and found["alarms_seen"] == args.alarms else 1


def _measure(folder: Path, homes: int, days: float, alarms: int) -> dict[str, float]:
    (folder / "master.key").write_text("ab" * 32)
    broker = Mosquitto(folder)
    broker.start()
    names = [f"h-{number:03}" for number in range(homes)]
    _ingest_papers(folder, broker.port, names)
    _gateway_paper(folder, broker.port, names)
    _fill(folder, names, days)
    with closing(read_only(folder / "gateway.sqlite")) as db:
        backlog = sum(waiting(db).values())
    serving = subprocess.Popen(
        [sys.executable, "-m", "ingest", "--config", "ingest.toml", "serve", "--worker-only"], cwd=folder
    )
    gateway = subprocess.Popen([sys.executable, "-m", "gateway", "run", "--config", "gateway.toml"], cwd=folder)
    try:
        return _watch(folder, broker.port, names, backlog, alarms, homes / SUMMARY_S + 1 / BEAT_S)
    finally:
        for process in (gateway, serving):
            process.terminate()
            process.wait(30)
        broker.kill()


def _ingest_papers(folder: Path, port: int, names: list[str]) -> None:
    (folder / "ingest.toml").write_text(
        '[ingest]\ndatabase = "sqlite:///ingest.sqlite"\nmaster_key_file = "master.key"\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {port}\n'
    )
    levels = ["district", "street", "community", "compound"]
    text = ""
    for number, level in enumerate(levels):
        parent = f'parent = "a-{number - 1}"\n' if number else ""
        text += (
            f'[[areas]]\nid = "a-{number}"\n{parent}level = "{level}"\nname_zh = "区{number}"\nname_en = "A{number}"\n'
        )
    text += f'[[gateways]]\nid = "{GATEWAY}"\narea = "a-3"\n'
    for name in names:
        text += f'[[homes]]\nid = "{name}"\narea = "a-3"\ngateway = "{GATEWAY}"\nlabel = "{name}"\n'
    (folder / "places.toml").write_text(text)
    for command in (["migrate"], ["load", "places.toml"]):
        subprocess.run([*INGEST, *command], cwd=folder, check=True)
    key = subprocess.run(
        [
            sys.executable,
            "-m",
            "ingest",
            "--config",
            "ingest.toml",
            "gateway",
            "add",
            GATEWAY,
            "--area",
            "a-3",
            "--print-key",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    (folder / "gateway.key").write_text(key.stdout.split()[-1])


def _gateway_paper(folder: Path, port: int, names: list[str]) -> None:
    text = f'[gateway]\nid = "{GATEWAY}"\ncanary = false\nsave_s = 1\n'
    text += f'[uplink]\nhost = "127.0.0.1"\nport = {port}\nkey_file = "gateway.key"\n'
    text += f'[[lines]]\nname = "detectors"\nkind = "mqtt"\nhost = "127.0.0.1"\nmqtt_port = {port}\n'
    for name in names:
        text += f'[[homes]]\nid = "{name}"\n[[devices]]\nid = "{name}-s"\nhome = "{name}"\nline = "detectors"\n'
        text += f'document = "zigbee2mqtt-smoke"\ntopic = "zigbee2mqtt/{name}"\n'
    (folder / "gateway.toml").write_text(text)


def _fill(folder: Path, names: list[str], days: float) -> None:
    """Write what such a gateway has waiting after so many days: summaries, and two flags that came and went a day."""
    store = Store(folder / "gateway.sqlite", "bench")
    outbox = Outbox(store, 10.0, 20_000)
    sender = Sender(GATEWAY, uuid.uuid4().hex)
    begin = datetime.now(UTC) - timedelta(days=days)
    with store.transaction() as db:
        for round_ in range(int(days * 86400 / SUMMARY_S)):
            at = begin + timedelta(seconds=round_ * SUMMARY_S)
            for name in names:
                hours = [HourUse(at.replace(minute=0, second=0, microsecond=0), 3.5, 120.0, signs=4)]
                outbox.put(db, Rank.SUMMARY, sender.envelope(UsageSummary(name, hours), at))
        for number in range(int(days * 2)):
            at, episode = begin + timedelta(hours=12 * number), f"old-{number}"
            for count, event in enumerate((FlagEvent.RAISED, FlagEvent.CLEARED)):
                body = FlagBody(
                    f"{episode}.{count}",
                    episode,
                    count,
                    names[0],
                    FlagKind.DEVICE_SILENT,
                    Severity.MAINTENANCE,
                    event,
                    at,
                    at,
                    1.0,
                    "silent",
                    "设备无应答。",
                    "Device silent.",
                )
                outbox.put_flag(db, body.flag_id, event.value, Rank.OTHER_FLAG, sender.envelope(body, at))
    store.close()


def _watch(folder: Path, port: int, names: list[str], backlog: int, alarms: int, live: float) -> dict[str, float]:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="detectors", protocol=paho.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    state = folder / "gateway.sqlite"
    wait_for(lambda: _left(state) < backlog, 120, "the beginning of the drain")
    begun, first_left = time.monotonic(), _left(state)
    sounded: dict[str, float] = {}
    drained_at = None
    for name in names[:alarms]:
        left = _left(state)
        if left < 50 and drained_at is None:
            drained_at = time.monotonic()
        sounded[name] = time.time()
        client.publish(f"zigbee2mqtt/{name}", json.dumps({"smoke": True}), qos=1).wait_for_publish(10)
        time.sleep(0.2)
    while drained_at is None:
        if _left(state) < 50:
            drained_at = time.monotonic()
        time.sleep(0.05)
    wait_for(lambda: len(_seen(folder)) >= len(sounded), 60, "all alarms at the ingester")
    client.loop_stop()
    seen = _seen(folder)
    ways = sorted(seen[name] - at for name, at in sounded.items())
    seconds = drained_at - begun
    rate = (first_left - 50) / seconds
    return {
        "backlog_messages": backlog,
        "drain_s": round(seconds, 1),
        "messages_a_second": round(rate, 1),
        "live_messages_a_second": round(live, 3),
        "times_live": round(rate / live),
        "alarms_seen": len(ways),
        "alarm_p50_ms": round(ways[len(ways) // 2] * 1000),
        "alarm_worst_ms": round(ways[-1] * 1000),
    }


def _left(state: Path) -> int:
    with closing(read_only(state)) as db:
        return sum(waiting(db).values())


def _seen(folder: Path) -> dict[str, float]:
    with closing(sqlite3.connect(f"file:{folder}/ingest.sqlite?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT home_id, min(received_at) FROM flags WHERE kind = 'smoke' GROUP BY home_id")
        return {home: ms / 1000 for home, ms in rows}


if __name__ == "__main__":
    sys.exit(main())
