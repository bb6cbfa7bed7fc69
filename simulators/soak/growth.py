"""Growth: how a program's memory, descriptors and threads move over a run. It reads /proc; the arithmetic is pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PAGE_KB = 4


@dataclass(frozen=True, slots=True)
class GrowthSample:
    """One look at a program, `day` virtual days after the beginning."""

    day: float
    memory_mb: float
    descriptors: int
    threads: int


def look(pid: int, day: float) -> GrowthSample | None:
    """Return how a program is now, None when it is gone."""
    home = Path(f"/proc/{pid}")
    try:
        resident = int((home / "statm").read_text(encoding="ascii").split()[1])
        descriptors = sum(1 for _ in (home / "fd").iterdir())
        threads = sum(1 for _ in (home / "task").iterdir())
    except OSError:
        return None
    return GrowthSample(day, resident * _PAGE_KB / 1024, descriptors, threads)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much the second grows while the first grows by one (least squares); 0 for fewer than two points."""
    count = len(points)
    if count < 2:
        return 0.0
    middle = sum(x for x, _ in points) / count
    level = sum(y for _, y in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    return sum((x - middle) * (y - level) for x, y in points) / spread if spread else 0.0


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of one program over the second half of a run, when everything has warmed up."""

    memory_mb: float
    memory_mb_a_day: float
    descriptors: tuple[int, int]
    threads: tuple[int, int]


def growth(samples: Sequence[GrowthSample]) -> Growth:
    """Return how a program grew. Descriptors and threads: the most in the third quarter, and the most in the fourth."""
    end = samples[-1].day
    late = [one for one in samples if one.day >= end / 2]
    third = [one for one in late if one.day < end * 3 / 4] or late
    fourth = [one for one in late if one.day >= end * 3 / 4]
    return Growth(
        late[-1].memory_mb,
        slope([(one.day, one.memory_mb) for one in late]),
        (max(one.descriptors for one in third), max(one.descriptors for one in fourth)),
        (max(one.threads for one in third), max(one.threads for one in fourth)),
    )
