"""Areas: the four-level tree district → street → community → compound, and paths in it.

A path is the ids from the district down, `/hs/hs-gulou/`: what starts with an area's path lies within it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The levels, from the widest to the narrowest."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    COMPOUND = "compound"


UPWARDS: tuple[Level, ...] = (Level.COMPOUND, Level.COMMUNITY, Level.STREET, Level.DISTRICT)
"""The way of an escalation."""


@dataclass(frozen=True, slots=True)
class Area:
    """A node of the tree."""

    area_id: str
    parent_id: str | None
    level: Level
    path: str


def path_below(parent_path: str | None, area_id: str) -> str:
    """Return the path of `area_id` under its parent (None: a district)."""
    return f"{parent_path or '/'}{area_id}/"


def lies_within(path: str, subtree: str) -> bool:
    """Return whether the area at `path` is `subtree` itself or below it."""
    return path.startswith(subtree)


def paths_upwards(path: str) -> list[str]:
    """Return the path itself and those of all areas above it, the nearest first."""
    ids = path.strip("/").split("/")
    return ["/" + "/".join(ids[:count]) + "/" for count in range(len(ids), 0, -1)]


def area_at(chain: Sequence[Area], level: Level) -> Area | None:
    """Return the area of `level` in a chain of areas, or None where the tree has no such level there."""
    return next((area for area in chain if area.level is level), None)
