"""What one update costs: our whole panel, river's HalfSpaceTrees and scikit-learn's IsolationForest, in one run.

    python tests/bench/cost.py [--rounds 5] [--river PYTHON]

One household update for us is one reading through all detectors of a home with sixty days of memory; for the peers it
is one update of the scorer a user would pick for the same stream (hourly features). river is not a dependency of this
project: give a Python that has it (or `LINSHE_RIVER_PYTHON`), else its row is left out and says so. Candidates take
turns, each in a process of its own; the figures are medians of CPU time, so a busy machine moves them little. At the
end 500 homes are woken in one process with the daemon's code, for its memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEASURE = """
import json, time, resource, sys
def cpu_us(call, arguments):
    times = []
    for argument in arguments:
        began = time.process_time_ns()
        call(argument)
        times.append((time.process_time_ns() - began) / 1000.0)
    return sum(times) / len(times)
def tell(us, state_bytes):
    rss = int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
    print(json.dumps({"us": us, "state_bytes": state_bytes, "rss_mb": rss}))
"""
OURS = """
from datetime import timedelta
from zoneinfo import ZoneInfo
from simulators.backtest.records.person import live
from simulators.backtest.records.record import readings
from simulators.backtest.records.world import Metering, read_out
from models.household import panel
from models.household.settings import HomeSettings
told = list(readings(read_out(live("h", 3, 75), Metering())))
state = panel.new_home("h", HomeSettings(zone=ZoneInfo("Asia/Shanghai")), told[0].at)
edge = told[0].at + timedelta(days=60)
warm = [one for one in told if one.at < edge]
rest = [one for one in told if one.at >= edge]
for one in warm:
    panel.observe(state, one, one.at)
def update(one):
    panel.observe(state, one, one.at)
    panel.tick(state, one.at)
began = time.process_time_ns()
for one in rest:
    update(one)
tell((time.process_time_ns() - began) / 1000.0 / len(rest), len(panel.dump(state)))
"""
MEMORY = """
from datetime import timedelta
from zoneinfo import ZoneInfo
from simulators.backtest.records.person import live
from simulators.backtest.records.record import readings
from simulators.backtest.records.world import Metering, read_out
from models.household import panel
from models.household.settings import HomeSettings
told = list(readings(read_out(live("h", 3, 70), Metering())))
settings = HomeSettings(zone=ZoneInfo("Asia/Shanghai"))
state = panel.new_home("h", settings, told[0].at)
edge = told[-1].at - timedelta(hours=2)
for one in told:
    if one.at < edge:
        panel.observe(state, one, one.at)
print(panel.dump(state).decode())
"""
DAEMON = """
import gateway.app, json, sys
from datetime import datetime, UTC
from zoneinfo import ZoneInfo
from models.household import panel
from models.household.settings import HomeSettings
def rss(): return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
data, empty = sys.stdin.buffer.read(), rss()
settings = HomeSettings(zone=ZoneInfo("Asia/Shanghai"))
homes = [panel.load(data, settings) for _ in range(500)]
for home in homes:
    at = datetime.fromtimestamp(home.now + 600, UTC)
    panel.tick(home, at)
    panel.watch_state(home, at)
print(json.dumps({"imports_mb": round(empty, 1), "with_500_homes_mb": round(rss(), 1)}))
"""
STREAM = """
import math, random
random.seed(1)
def litres(hour):
    usual = 3 if 6 <= hour < 9 else 2 if 17 <= hour < 22 else 0.3
    return usual * random.lognormvariate(0, 0.5)
hours = [litres(n % 24) for n in range(24 * 60)]
coming = [litres(n % 24) for n in range(24 * 15)]
def row(n, v): return (v, math.sin(n % 24 / 24 * 6.283), math.cos(n % 24 / 24 * 6.283))
"""
RIVER = (
    STREAM
    + """
import pickle
from river import anomaly, compose, preprocessing
trees = anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=250, seed=1)
model = compose.Pipeline(preprocessing.MinMaxScaler(), trees)
def update(nv):
    x = dict(zip("vsc", row(*nv)))
    model.score_one(x)
    model.learn_one(x)
for nv in enumerate(hours):
    update(nv)
tell(cpu_us(update, list(enumerate(coming))), len(pickle.dumps(model)))
"""
)
FOREST = (
    STREAM
    + """
import pickle
import numpy as np
from sklearn.ensemble import IsolationForest
known = np.array([row(n, v) for n, v in enumerate(hours)])
model = IsolationForest(n_estimators=100, random_state=1).fit(known)
def update(nv): model.score_samples(np.array([row(*nv)]))
tell(cpu_us(update, list(enumerate(coming))[:60]), len(pickle.dumps(model)))
"""
)


def once(python: str, code: str) -> dict[str, float]:
    """Run one candidate in a process of its own and return its figures."""
    quiet = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, "-c", MEASURE + code],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, **quiet, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def memory() -> dict[str, float]:
    """Return the resident memory of the daemon's code alone and with 500 homes of seventy days, all awake, in MB."""
    state = _told(MEMORY, b"")
    figures: dict[str, float] = json.loads(_told(DAEMON, state))
    return figures


def _told(code: str, given: bytes) -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, input=given, capture_output=True, check=True, timeout=600,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout


def main() -> int:
    """Measure all, alternating; print a table and one JSON line; exit 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--river", default=os.environ.get("LINSHE_RIVER_PYTHON", ""), help="a Python that has river")
    asked = parser.parse_args()
    candidates = {"Linshe, one reading": (sys.executable, OURS), "IsolationForest, one row": (sys.executable, FOREST)}
    if asked.river:
        candidates["river HalfSpaceTrees, one hour"] = (asked.river, RIVER)
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in candidates}
    for turn in range(asked.rounds):
        for name, (python, code) in candidates.items():
            figures[name].append(once(python, code))
            sys.stderr.write(f"\rround {turn + 1}/{asked.rounds}: {name:<34}")
    sys.stderr.write("\n")
    table = {
        name: {key: round(statistics.median(one[key] for one in ones), 1) for key in ones[0]}
        for name, ones in figures.items()
    }
    ours = table["Linshe, one reading"]
    for name, row in table.items():
        ratio = row["us"] / ours["us"]
        print(f"{name:<34} {row['us']:9.1f} us CPU  {row['state_bytes'] / 1024:8.1f} KB state  {ratio:8.1f} x ours")
    if not asked.river:
        print("river was not measured: give --river or LINSHE_RIVER_PYTHON")
    peers = [row["us"] / ours["us"] for name, row in table.items() if not name.startswith("Linshe")]
    resident = memory()
    print(f"500 homes in memory: {resident['with_500_homes_mb']} MB, of which code {resident['imports_mb']} MB")
    goals = {
        "20x_less_cpu_than_each": min(peers) >= 20.0,
        "state_at_most_16_kb": ours["state_bytes"] <= 16 * 1024,
        "500_homes_in_60_mb": resident["with_500_homes_mb"] <= 60.0,
    }
    print(json.dumps({"bench": "cost", "rounds": asked.rounds, "table": table, "memory": resident, "goals": goals}))
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
