"""Home files: simulated homes on disk (`.npz`, minute arrays); making them needs libraries that this does not."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np

from simulators.backtest.records.world import World


class HomeFileError(ValueError):
    """A home file that can't be used; the message says which and why."""


def load_homes(folder: Path) -> list[World]:
    """Return the homes of all `.npz` files of a folder, by name; raises `HomeFileError`."""
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise HomeFileError(f"{folder}: there are no home files (*.npz); tests/bench/homes.py makes them")
    return [load_home(file) for file in files]


def load_home(file: Path) -> World:
    """Return the home of one file; raises `HomeFileError`."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            meta = json.loads(str(stored["meta"]))
            return World(
                home=meta["home"],
                zone=meta["zone"],
                start=datetime.fromisoformat(meta["start"]),
                water=stored["water"].astype(np.float64),
                base=stored["base"].astype(np.float64),
                person=stored["person"].astype(np.float64),
                where=stored["where"].astype(np.int8),
                absences=tuple((int(a), int(b)) for a, b in meta["absences"]),
                steady=bool(meta["steady"]),
            )
    except (KeyError, ValueError, OSError) as error:
        raise HomeFileError(f"{file}: not a home file as tests/bench/homes.py writes it ({error})") from error
