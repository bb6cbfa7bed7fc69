"""Counts the homes that the shipped district prior is made of: simulated training homes → the panel → added counts.

    python tests/homes/make_prior.py --homes DIR... --out tests/homes/prior_counts.json
    python -m models.fit tests/homes/prior_counts.json --module models/household/spells/district.py

The second command alone makes the shipped table anew, byte for byte: the counts are in the repository. For the first,
DIR holds training homes of tests/bench/homes.py (seeds 1000–1049, 75 days); twenty homes of
`simulators.backtest.records.person` (seeds 7000–7019) are added.
Each home is a gateway of its own here, so that archetypes are found among homes.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

from models.fit.counts import Counts, as_text
from models.household import panel
from models.household.settings import HomeSettings
from models.household.spells.habits import cells_of
from models.wire.messages import AwayEntry
from simulators.backtest.records.homefile import load_homes
from simulators.backtest.records.person import street
from simulators.backtest.records.record import readings
from simulators.backtest.records.world import Metering, World, read_out


def count(world: World) -> Counts:
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
    return Counts(1, cells_of(state.silence.spells))


def main() -> int:
    """Count all homes on both cores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", nargs="+", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    worlds = [world for folder in args.homes for world in load_homes(folder)] + street(20, 75, first_seed=7000)
    counted: list[Counts] = []
    with ProcessPoolExecutor() as pool:
        for number, one in enumerate(pool.map(count, worlds), start=1):
            counted.append(one)
            print(f"\r{number} of {len(worlds)} homes counted", end="", file=sys.stderr)
    args.out.write_text(as_text(counted), encoding="utf-8")
    print(f"\n{args.out}: {len(counted)} homes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
