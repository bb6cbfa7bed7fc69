"""Makes the shipped district prior anew: simulated training homes → the panel → counts → `models.fit`.

    python tests/homes/make_prior.py --homes DIR... --out models/household/district.py

DIR holds training homes of tests/bench/homes.py (seeds 1000–1999); twenty homes of `gateway.backtest.person` (seeds
7000–7019) are added. Each home is a gateway of its own here, so that archetypes are found among homes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.backtest.homefile import load_homes
from gateway.backtest.person import street
from gateway.backtest.record import readings
from gateway.backtest.world import Metering, World, read_out
from models.fit.__main__ import main as fit
from models.fit.counts import Counts
from models.household import panel
from models.household.settings import HomeSettings
from models.wire.messages import AwayEntry


def count(world: World) -> str:
    """Return the counts of one home, watched from nothing with its absences told."""
    record = read_out(world, Metering(), seed=1)
    coming = list(readings(record))
    state = panel.new_home(world.home, HomeSettings(zone=ZoneInfo(world.zone)), coming[0].at)
    told = sorted((world.at(begin), world.at(end)) for begin, end in world.absences)[::-1]
    for reading in coming:
        while told and told[-1][0] <= reading.at:
            begin, end = told.pop()
            panel.tell_away(state, AwayEntry(begin.isoformat(), world.home, begin, end, "diary"), begin)
        panel.observe(state, reading, reading.at)
    counts = Counts()
    counts.add_home(state.silence.spells)
    return counts.text()


def main() -> int:
    """Count all homes on both cores, then fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", nargs="+", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    worlds = [world for folder in args.homes for world in load_homes(folder)] + street(20, 75, first_seed=7000)
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor() as pool:
        files = []
        for number, text in enumerate(pool.map(count, worlds), start=1):
            file = Path(folder) / f"{number:03d}.json"
            file.write_text(text, encoding="utf-8")
            files.append(str(file))
            print(f"\r{number} of {len(worlds)} homes counted", end="", file=sys.stderr)
        print(file=sys.stderr)
        return fit([*files, "--out", str(args.out)])


if __name__ == "__main__":
    sys.exit(main())
