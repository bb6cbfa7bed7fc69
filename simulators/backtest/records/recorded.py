"""Recorded homes: households that really lived, from public data sets, as worlds into which events can be put.

Nobody wrote down where these people were, so `where` is `UNKNOWN`, absences are not told, and quiet days may be
holidays. The files are not part of this repository; `README.md` names them with their sources. Needs pyarrow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.records.homefile import HomeFileError
from simulators.backtest.records.world import UNKNOWN, Floats, World

NAPLES = "flat_naples_water_minutes.parquet"
ALICANTE = "homes_alicante_water_counters.parquet"
SCEAUX = "home_sceaux_power_minutes.parquet"
MOST_DAYS = 240
_SWAP_L = 3000.0
Columns = dict[str, NDArray[np.generic]]


def load_recorded(folder: Path, kind: str) -> list[World]:
    """Return the recorded homes of a folder: `water` (one-person flats' counters) or `power` (one home's watts).

    Raises `HomeFileError` where a file is missing or is not what it should be.
    """
    if kind == "power":
        return [_sceaux(_columns(folder / SCEAUX))]
    return [_naples(_columns(folder / NAPLES)), *_alicante(_columns(folder / ALICANTE))]


def _columns(file: Path) -> Columns:
    # pyarrow is needed for recorded data only
    from pyarrow import ArrowException, parquet  # noqa: PLC0415

    try:
        table = parquet.read_table(file)
        return {name: table.column(name).to_numpy() for name in table.column_names}
    except (OSError, ArrowException) as error:
        raise HomeFileError(
            f"{file}: can't be read ({error}); README.md of the back-test says where it is from"
        ) from error


def _midnight(first: datetime, zone: ZoneInfo) -> datetime:
    local = first.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return local.astimezone(UTC)


def _utc_of_local(local: NDArray[np.generic], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return epoch seconds of naive wall times; the offset is looked up once an hour of wall time."""
    seconds = local.astype("datetime64[s]").astype(np.int64)
    hours, place = np.unique(seconds // 3600, return_inverse=True)
    offsets = [_offset(int(hour) * 3600, zone) for hour in hours]
    result: NDArray[np.int64] = seconds - np.array(offsets, dtype=np.int64)[place]
    return np.maximum.accumulate(result)


def _offset(wall_s: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(wall_s, UTC).replace(tzinfo=zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _naples(columns: Columns) -> World:
    """One flat, litres in each minute; days on which the loggers said nothing are days without data."""
    zone = ZoneInfo("Europe/Rome")
    at = columns["ts"].astype("datetime64[s]").astype(np.int64)
    start = _midnight(datetime.fromtimestamp(int(at[0]), UTC), zone)
    minute = (at - int(start.timestamp())) // 60
    size = min(int(minute[-1]) + 1, MOST_DAYS * 1440) // 1440 * 1440
    rows = minute < size
    water, known = np.zeros(size), np.zeros(size, dtype=np.bool_)
    np.add.at(water, minute[rows], columns["litres"][rows].astype(np.float64))
    known[minute[rows]] = columns["day_has_records"][rows].astype(np.bool_)
    return _world("naples", zone, start, water=water, water_known=known)


def _alicante(columns: Columns) -> list[World]:
    zone = ZoneInfo("Europe/Madrid")
    homes = columns["home"].astype(str)
    return [
        _alicante_home(
            str(home),
            zone,
            _utc_of_local(columns["ts_local"][homes == home], zone),
            columns["counter_l"][homes == home].astype(np.float64),
        )
        for home in np.unique(homes)
    ]


def _alicante_home(home: str, zone: ZoneInfo, at: NDArray[np.int64], counter: Floats) -> World:
    """One counter, heard about hourly: what was used since the last time is drawn half-way between the two.

    Steps of more than three cubic metres an hour-like interval, and steps down, are swaps and faults: nothing used.
    """
    start = _midnight(datetime.fromtimestamp(int(at[0]), UTC), zone)
    polls = (at - int(start.timestamp())) // 60
    polls, rows = np.unique(polls, return_index=True)
    counter = counter[rows]
    size = min(int(polls[-1]) + 1, MOST_DAYS * 1440) // 1440 * 1440
    used = np.diff(counter)
    used[(used < 0) | (used > _SWAP_L)] = 0.0
    middle = (polls[1:] + polls[:-1]) // 2
    water = np.zeros(size)
    np.add.at(water, middle[middle < size], used[middle < size])
    return _world(home, zone, start, water=water, polls=polls[(polls > 0) & (polls < size)])


def _sceaux(columns: Columns) -> World:
    """One home's mean watts in each minute; filled-in stretches are without data.

    What runs by itself is taken to be the three hours from 02:00 of each night, over and over.
    """
    zone = ZoneInfo("Europe/Paris")
    at = _utc_of_local(columns["ts_local"][: MOST_DAYS * 1440], zone)
    start = _midnight(datetime.fromtimestamp(int(at[0]), UTC), zone)
    minute = (at - int(start.timestamp())) // 60
    size = int(minute[-1] + 1) // 1440 * 1440
    minute = np.minimum(minute, size - 1)
    watts, known = np.zeros(size), np.zeros(size, dtype=np.bool_)
    watts[minute] = columns["watts"][: at.size].astype(np.float64)
    known[minute] = ~columns["imputed"][: at.size].astype(np.bool_)
    watts = np.nan_to_num(watts)
    days = watts.reshape(-1, 1440)
    base = np.minimum(watts, np.tile(days[:, 120:300], (1, 8)).reshape(-1))
    return _world("sceaux", zone, start, base=base, person=watts - base, power_known=known)


def _world(
    home: str,
    zone: ZoneInfo,
    start: datetime,
    *,
    water: Floats | None = None,
    base: Floats | None = None,
    person: Floats | None = None,
    water_known: NDArray[np.bool_] | None = None,
    power_known: NDArray[np.bool_] | None = None,
    polls: NDArray[np.int64] | None = None,
) -> World:
    size = next(values.size for values in (water, base) if values is not None)
    return World(
        home,
        zone.key,
        start,
        water,
        base,
        person,
        np.full(size, UNKNOWN, dtype=np.int8),
        steady=True,
        water_known=water_known,
        power_known=power_known,
        polls=polls,
    )
