"""Map shapes: a plan of areas without any survey – invented outlines that stay the same as long as the areas do. Pure.

Every area is a cell (Voronoi, relaxed by Lloyd) of the one around it, its seed made from its id. Nothing is to scale;
a cell says what belongs together, and no tile is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from math import cos, pi, sin, sqrt

WIDTH, HEIGHT = 900, 620
ROUNDS = 14
_CORNERS = 40
_GOLDEN = pi * (3 - sqrt(5))
Point = tuple[float, float]
Shape = tuple[Point, ...]


def outline() -> Shape:
    """Return the border of everything: convex, rounder than a box."""
    points = []
    for corner in range(_CORNERS):
        angle = 2 * pi * corner / _CORNERS
        x, y = cos(angle), sin(angle)
        power = (abs(x) ** 2.6 + abs(y) ** 2.6) ** (1 / 2.6)
        points.append((WIDTH / 2 * (1 + 0.97 * x / power), HEIGHT / 2 * (1 + 0.95 * y / power)))
    return tuple(points)


def centre(shape: Shape) -> Point:
    """Return the centroid of a shape."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(shape, (*shape[1:], shape[0]), strict=True):
        cross = x0 * y1 - x1 * y0
        area += cross
        x += (x0 + x1) * cross
        y += (y0 + y1) * cross
    if abs(area) < 1e-9:
        return shape[0]
    return (x / (3 * area), y / (3 * area))


def size(shape: Shape) -> float:
    """Return the area of a shape."""
    pairs = zip(shape, (*shape[1:], shape[0]), strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _nearer(shape: Shape, here: Point, there: Point) -> Shape:
    """Cut off what is nearer to `there` than to `here`."""
    middle = ((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)
    away = (there[0] - here[0], there[1] - here[1])

    def beyond(point: Point) -> float:
        return (point[0] - middle[0]) * away[0] + (point[1] - middle[1]) * away[1]

    kept: list[Point] = []
    for one, other in zip(shape, (*shape[1:], shape[0]), strict=True):
        first, second = beyond(one), beyond(other)
        if first <= 0:
            kept.append(one)
        if first * second < 0:
            share = first / (first - second)
            kept.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
    return tuple(kept)


def _seed(name: str, shape: Shape) -> Point:
    digest = sha256(name.encode()).digest()
    turn, far = digest[0] / 256 * 2 * pi, sqrt(digest[1] / 256)
    x, y = centre(shape)
    reach = 0.3 * sqrt(size(shape))
    return (x + reach * far * cos(turn) + digest[2] * 1e-3, y + reach * far * sin(turn) + digest[3] * 1e-3)


@lru_cache(maxsize=2000)
def cells(names: tuple[str, ...], shape: Shape) -> Mapping[str, Shape]:
    """Share a shape out among names, about evenly."""
    seeds = {name: _seed(name, shape) for name in names}
    found: dict[str, Shape] = {}
    for _ in range(ROUNDS):
        for name, seed in seeds.items():
            cell = shape
            for other, point in seeds.items():
                if other != name and cell:
                    cell = _nearer(cell, seed, point)
            found[name] = cell or shape
        seeds = {name: centre(cell) for name, cell in found.items()}
    return found


def spread(count: int, shape: Shape) -> Sequence[Point]:
    """Return so many places within a shape, around its centre, none on another."""
    x, y = centre(shape)
    step = 0.36 * sqrt(size(shape) / max(1, count)) if count > 1 else 0.0
    return [
        (x + step * sqrt(number) * cos(number * _GOLDEN), y + step * sqrt(number) * sin(number * _GOLDEN))
        for number in range(count)
    ]


def path(shape: Shape) -> str:
    """Return a shape as SVG path data."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shape) + "z"
