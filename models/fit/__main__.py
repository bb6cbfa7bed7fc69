"""`python -m models.fit COUNTS… --out district.py`: the district's prior out of the counts that gateways sent."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.fit.counts import Counts, CountsError, read_counts
from models.fit.prior import as_module, fit


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write; 0 when done, 2 when a file can't be used."""
    parser = argparse.ArgumentParser(prog="python -m models.fit", description=__doc__)
    parser.add_argument("counts", nargs="+", type=Path, help="files of counts, one a gateway")
    parser.add_argument("--out", type=Path, required=True, help="the Python table to write")
    args = parser.parse_args(argv)
    gateways: list[Counts] = []
    for number, path in enumerate(args.counts, start=1):
        try:
            gateways.append(read_counts(path.read_text(encoding="utf-8")))
        except (OSError, CountsError) as error:
            print(f"{path}: {error}; make it with tests/homes/make_prior.py or ask the gateway again", file=sys.stderr)
            return 2
        print(f"\r{number} of {len(args.counts)} files read", end="", file=sys.stderr)
    homes = sum(one.homes for one in gateways)
    args.out.write_text(as_module(fit(gateways), homes), encoding="utf-8")
    print(f"\n{args.out}: fitted on {homes} homes of {len(gateways)} gateways", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
