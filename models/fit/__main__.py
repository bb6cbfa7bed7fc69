"""`python -m models.fit COUNTS… --prior prior.json`: a district's prior out of the counts that gateways sent.

COUNTS are files of `linshe-ingest habits export`. The prior goes back with `linshe-ingest habits load`; `--module`
writes it as the Python table that is shipped instead.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.fit.calibration import as_table, calibration
from models.fit.counts import Counts, CountsError, read_counts
from models.fit.prior import as_module, as_prior, fit


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, look at what was held out, and write; 0 when done, 2 when a file can't be used."""
    parser = argparse.ArgumentParser(
        prog="python -m models.fit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", nargs="+", type=Path, help="files of added counts")
    parser.add_argument("--prior", type=Path, help="the prior to write, as JSON")
    parser.add_argument("--module", type=Path, help="the prior to write, as the Python table that is shipped")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    args = parser.parse_args(argv)
    gateways: list[Counts] = []
    for path in args.counts:
        try:
            gateways += read_counts(path.read_text(encoding="utf-8"))
        except (OSError, CountsError) as error:
            print(f"{path}: {error}; make it with linshe-ingest habits export", file=sys.stderr)
            return 2
    if not gateways:
        print("the files hold no gateway's counts: there is nothing to fit; wait for the first week", file=sys.stderr)
        return 2
    print(as_table(calibration(gateways, _silence if args.quiet else _bar)), end="")
    homes, table = sum(one.homes for one in gateways), fit(gateways)
    for path, text in ((args.prior, as_prior), (args.module, as_module)):
        if path is not None:
            path.write_text(text(table, homes), encoding="utf-8")
            print(f"{path}: fitted on {homes} homes in {len(gateways)} groups", file=sys.stderr)
    return 0


def _silence(done: int, parts: int) -> None:
    """Show nothing."""


def _bar(done: int, parts: int) -> None:
    width = 30 * done // parts
    end = "\n" if done == parts else ""
    print(f"\r[{'=' * width:<30}] {done} of {parts} parts held out", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
