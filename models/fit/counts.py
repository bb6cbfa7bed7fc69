"""Counts: the files of added counts that `linshe-ingest habits export` writes and the fit reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.household.spells.habits import HabitCell

VERSION = 2


class CountsError(ValueError):
    """A counts file that can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one gateway's homes have added up to."""

    homes: int
    cells: Mapping[HabitCell, int] = field(default_factory=dict)


def as_text(gateways: Iterable[Counts]) -> str:
    """Return counts as the JSON of a file, one gateway a line."""
    rows = [json.dumps({"homes": one.homes, "cells": _rows(one.cells)}, separators=(",", ":")) for one in gateways]
    return f'{{"version": {VERSION}, "gateways": [\n' + ",\n".join(rows) + "\n]}\n"


def _rows(cells: Mapping[HabitCell, int]) -> list[list[int]]:
    return [[*cell, count] for cell, count in sorted(cells.items())]


def read_counts(text: str) -> list[Counts]:
    """Return what `as_text` wrote; raises `CountsError`."""
    try:
        body = json.loads(text)
        _check_version(body["version"])
        return [Counts(_whole(one["homes"]), _cells(one["cells"])) for one in body["gateways"]]
    except CountsError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise CountsError(f"these are no counts of quiet spells: {error}") from error


def _check_version(version: object) -> None:
    if version != VERSION:
        raise CountsError(f"these counts are of version {version!r}, this program reads {VERSION}")


def _cells(rows: Sequence[Sequence[int]]) -> dict[HabitCell, int]:
    cells: dict[HabitCell, int] = {}
    for left_on, half_hour, place, count in rows:
        cell = HabitCell(left_on, half_hour, place)
        if not cell.is_known():
            raise CountsError(f"these counts have a cell that there is not: {list(cell)}")
        cells[cell] = _whole(count)
    return cells


def _whole(number: object) -> int:
    if not isinstance(number, int) or number < 1:
        raise CountsError(f"these counts have {number!r}, which is no count")
    return number
