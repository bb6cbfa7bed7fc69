"""Prior: the quiet spells of a district, as quantiles by half hour, out of added counts.

Gateways of one kind of people would drown those of another, so the counts are grouped into archetypes first
(k-means on the shape of their days) and each archetype weighs by its homes, not by its spells.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from models.fit.counts import Counts
from models.household.spells.habits import BINS, HALF_HOURS, minutes_of

Floats = NDArray[np.float64]
Table = dict[bool, list[list[int]]]
"""Minutes by left on, half hour and share."""
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.993)
"""Quantiles that stand for a half hour's spells."""
WIDENED = (1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 1.4)
"""Other districts live otherwise: the rare ends are taken for longer than the counts say."""
_SMOOTH_HALF_HOURS = 2.0
_ARCHETYPES = 3
_SEED = 7

_HEAD = '''"""District: how long quiet spells last that begin in each half hour of the day: what is known of a new home.

Written by `python -m models.fit`; not to be edited. Minutes, at the shares {shares}.
"""

HOMES = {homes}
"""Homes whose spells were counted."""
SPELLS: dict[bool, tuple[tuple[int, ...], ...]] = {{
'''


def dense(counts: Counts) -> Floats:
    """Return counts as an array by left on, half hour and bin of length."""
    table = np.zeros((2, HALF_HOURS, BINS))
    for cell, count in counts.cells.items():
        table[cell] += count
    return table


def archetypes(tables: Sequence[Floats]) -> list[int]:
    """Return the archetype of each gateway's counts, by the shape of their days."""
    shapes = np.array([_shape(one) for one in tables])
    groups = min(_ARCHETYPES, len(np.unique(shapes, axis=0)))
    fitted = KMeans(n_clusters=groups, n_init=10, random_state=_SEED).fit(shapes)
    return [int(label) for label in fitted.labels_]


def _shape(table: Floats) -> Floats:
    """Return the share of spells by state, three-hour block and length (under 1 h, 3 h, longer)."""
    lengths = np.array([minutes_of(place) for place in range(BINS)])
    edges = (0.0, 60.0, 180.0, 1e9)
    thirds = [table[:, :, (lengths >= low) & (lengths < high)].sum(axis=2) for low, high in pairwise(edges)]
    blocks = np.stack(thirds).reshape(3, 2, 8, 6).sum(axis=3)
    flat: Floats = blocks.ravel() / max(1.0, blocks.sum())
    return flat


def fit(gateways: Sequence[Counts]) -> Table:
    """Return the prior that follows from the counts of at least one gateway."""
    tables = [dense(one) for one in gateways]
    labels = archetypes(tables)
    total = np.zeros((2, HALF_HOURS, BINS))
    for label in sorted(set(labels)):
        members = [number for number, its in enumerate(labels) if its == label]
        homes = sum(gateways[number].homes for number in members)
        table = np.sum([tables[number] for number in members], axis=0)
        total += table * homes / max(1.0, table.sum())
    return {bool(left_on): _quantiles(total[left_on]) for left_on in range(2)}


def _quantiles(table: Floats) -> list[list[int]]:
    apart = np.abs(np.subtract.outer(np.arange(HALF_HOURS), np.arange(HALF_HOURS)))
    weights = np.exp(-0.5 * (np.minimum(apart, HALF_HOURS - apart) / _SMOOTH_HALF_HOURS) ** 2)
    rows = weights @ table
    result = []
    for row in rows:
        below = np.cumsum(row) / max(row.sum(), 1e-12)
        places = [min(BINS - 1, int(np.searchsorted(below, share))) for share in SHARES]
        result.append([round(minutes_of(place) * wide) for place, wide in zip(places, WIDENED, strict=True)])
    return result


def as_module(table: Table, homes: int) -> str:
    """Return the fitted table as the Python source that is shipped."""
    lines = [_HEAD.format(shares=", ".join(map(str, SHARES)), homes=homes)]
    for left_on, rows in table.items():
        lines.append(f"    {left_on}: (\n")
        lines += [f"        ({', '.join(map(str, row))}),\n" for row in rows]
        lines.append("    ),\n")
    return "".join([*lines, "}\n"])


def as_prior(table: Table, homes: int) -> str:
    """Return the fitted table as the JSON that `linshe-ingest habits load` takes."""
    return json.dumps({"version": 1, "homes": homes, "off": table[False], "on": table[True]}) + "\n"
