"""The same faults, ours beside ThingsBoard IoT Gateway with its file and SQLite stores: lost, and repeated.

`--peers` is a folder with scripts that drive the other gateway (`fault_tbgw.py`), `--python` the interpreter that they
need; both lie outside the house. Theirs are messages of 100 devices, 50 a second (200 where it is killed in the flow),
ours the flags of the fault bench in closed loop. On both sides what reaches the other end is counted by number.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
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
    done = subprocess.run(
        [python, peers / "fault_tbgw.py"], cwd=peers, env=os.environ | wanted, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, dict[str, list[int]]] = json.loads(done.stdout.decode().splitlines()[-1])
    return found


def ours(name: str, seconds: float) -> dict[str, float]:
    """Return the last line of a run of the fault bench with one fault only."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = ["--only", name, "--for", str(seconds), "--hands", "1", "--rounds", "0", "--homes", "100"]
        command = [sys.executable, "-m", "simulators", "faults", *wanted, "--dir", f"{folder}/faults"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    said: dict[str, float] = json.loads(done.stdout.decode().splitlines()[-1])
    return said


def main() -> None:
    """Run both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3, help="of each case and store")
    parser.add_argument("--for", dest="seconds", type=float, default=60.0, help="of ours, for each case")
    args = parser.parse_args()
    found = theirs(args.peers, args.python, args.runs)
    print("| fault | Linshe: lost / doubled of flags (faults) |", *(f"ThingsBoard, {one} |" for one in STORES))
    print("|---|---|" + "---|" * len(STORES))
    for case, (words, name) in CASES.items():
        mine = ours(name, args.seconds)
        cells = [f"{mine['lost']} / {mine['doubled']} of {mine['flags']} ({mine['faults']})"]
        for store in STORES:
            one = found[f"{store}/{case}"]
            cells.append(f"{sum(one['missing'])} / {sum(one['dups'])} of {sum(one['sent'])} ({len(one['sent'])})")
        print(f"| {words} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
