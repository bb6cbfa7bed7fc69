"""Prior: the quiet spells of a district, as quantiles by half hour, out of added counts; written as a Python table.

Gateways of one kind of people would drown those of another, so the counts are grouped into archetypes first
(k-means on the shape of their days) and each archetype weighs by its homes, not by its spells.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from models.fit.counts import BINS, HALF_HOURS, Counts, minutes_of

Floats = NDArray[np.float64]
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


def archetypes(gateways: Sequence[Counts]) -> list[int]:
    """Return the archetype of each gateway's counts, by the shape of their days."""
    shapes = np.array([_shape(one) for one in gateways])
    groups = min(_ARCHETYPES, len(np.unique(shapes, axis=0)))
    fitted = KMeans(n_clusters=groups, n_init=10, random_state=_SEED).fit(shapes)
    return [int(label) for label in fitted.labels_]


def _shape(counts: Counts) -> Floats:
    """Return the share of spells by state, three-hour block and length (under 1 h, 3 h, longer)."""
    table = np.asarray(counts.spells, dtype=np.float64)
    lengths = np.array([minutes_of(place) for place in range(BINS)])
    edges = (0.0, 60.0, 180.0, 1e9)
    thirds = [table[:, :, (lengths >= low) & (lengths < high)].sum(axis=2) for low, high in pairwise(edges)]
    blocks = np.stack(thirds).reshape(3, 2, 8, 6).sum(axis=3)
    flat: Floats = blocks.ravel() / max(1.0, blocks.sum())
    return flat


def fit(gateways: Sequence[Counts]) -> dict[bool, list[list[int]]]:
    """Return minutes by left on, half hour and share."""
    labels = archetypes(gateways)
    total = np.zeros((2, HALF_HOURS, BINS))
    for label in set(labels):
        members = [one for one, its in zip(gateways, labels, strict=True) if its == label]
        homes = sum(one.homes for one in members)
        table = np.sum([np.asarray(one.spells, dtype=np.float64) for one in members], axis=0)
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


def as_module(table: dict[bool, list[list[int]]], homes: int) -> str:
    """Return the Python source of the fitted table."""
    lines = [_HEAD.format(shares=", ".join(map(str, SHARES)), homes=homes)]
    for left_on, rows in table.items():
        lines.append(f"    {left_on}: (\n")
        lines += [f"        ({', '.join(map(str, row))}),\n" for row in rows]
        lines.append("    ),\n")
    return "".join([*lines, "}\n"])
