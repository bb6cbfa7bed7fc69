"""The same faults, ours beside ThingsBoard IoT Gateway with its file and SQLite stores: lost, and repeated.

`--peers` is a folder with scripts that drive the other gateway (`fault_tbgw.py`), `--python` the interpreter that they
need (`…/venv/bench/bin/python`, with `…/venv/tb` beside it); both lie outside the house. Theirs and ours run at the
same time, so that one machine's load is everybody's. The loads differ: theirs are messages of 100 devices in open loop,
50 a second (200 where it is killed in the flow); ours are the flags of 100 detectors in closed loop, each of which
howls again when ingest has what it said before. On both sides what reaches the other end is counted by number, and each
run begins with empty stores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CASES = {
    "F1": ("uplink broker away for 10 s (ours 4-8 s)", "outage"),
    "F2": ("broker away, gateway killed with its backlog", "outage-kill"),
    "F3": ("gateway killed in normal flow", "gateway"),
    "F4": ("broker frozen for 10 s (ours 3-8 s)", "frozen"),
}
STORES = ("file", "sqlite")


def theirs(peers: Path, python: Path, runs: int) -> dict[str, dict[str, list[int]]]:
    """Return what their bench found, by store/case."""
    wanted = {"STORES": ",".join(STORES), "CASES": ",".join(CASES), "RUNS": str(runs), "QUIET_S": "5"}
    with tempfile.TemporaryDirectory() as data:
        places = {"BENCH_VENV": str(python.absolute().parents[2]), "BENCH_DATA": data}
        done = subprocess.run(
            [python.absolute(), "fault_tbgw.py"],
            cwd=peers,
            env=places | os.environ | wanted,
            stdout=subprocess.PIPE,
            check=True,
        )
    found: dict[str, dict[str, list[int]]] = json.loads(done.stdout.decode().splitlines()[-1])
    return found


def ours(name: str, seconds: float, seed: int) -> Counter[str]:
    """Return the last line of a run of the fault bench with one fault only."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = ["--only", name, "--for", str(seconds), "--seed", str(seed), "--hands", "1", "--rounds", "0"]
        command = [sys.executable, "-m", "simulators", "faults", *wanted, "--homes", "100", "--dir", f"{folder}/faults"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    lines = done.stdout.decode().splitlines()
    if not lines:
        sys.exit(f"our run of {name} ended with {done.returncode} and said nothing; what it wrote above says why")
    said = json.loads(lines[-1])
    return Counter({key: int(said[key]) for key in ("flags", "lost", "doubled", "faults")})


def main() -> None:
    """Run both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3, help="of each case, on both sides")
    parser.add_argument("--for", dest="seconds", type=float, default=30.0, help="of each of our runs")
    args = parser.parse_args()
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(theirs, args.peers, args.python, args.runs)
        mine = {
            case: sum((ours(name, args.seconds, seed) for seed in range(args.runs)), Counter())
            for case, (_, name) in CASES.items()
        }
        peer = found.result()
    print("lost / doubled of all (faults)\n")
    print("| fault | Linshe: flags, closed loop |", *(f"ThingsBoard, {one}: messages, open loop |" for one in STORES))
    print("|---|---|" + "---|" * len(STORES))
    for case, (words, _) in CASES.items():
        one = mine[case]
        cells = [f"{one['lost']} / {one['doubled']} of {one['flags']} ({one['faults']})"]
        for store in STORES:
            row = peer[f"{store}/{case}"]
            cells.append(f"{sum(row['missing'])} / {sum(row['dups'])} of {sum(row['sent'])} ({len(row['sent'])})")
        print(f"| {words} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
