"""Weeks: slow change as a picture of before and after, a dot a week for each figure that changed.

Dots and not bars: an hour of rising has no zero to grow from. Each stands on a stem from the usual value, so that what
is seen first is how far off it is. A week that was not seen has no dot. Pure but for `courses_of`, which reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.store.base.database import Connection
from ingest.store.tickets.relations import merged_under
from ingest.store.tickets.track_record import newest_facts
from models.flag import FlagKind
from models.household.drift.drift import Course, Side, Week, read_courses, said

WIDTH, HEIGHT = 340, 124
LEFT, RIGHT, TOP, FLOOR = 48, 292, 14, 94
"""The dots lie within; beside them stand the two figures, below them the dates."""
_FULL_DOT = 5.0
_NAME = 56
"""Room that a date needs."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A week that was seen: where it stands, and its figure in words."""

    x: float
    y: float
    week: Week
    said: str


@dataclass(frozen=True, slots=True)
class CourseChart:
    """One figure over the weeks; `now_x` is where now begins, None where no week lies in it."""

    course: Course
    before: str
    now: str
    dots: tuple[Dot, ...]
    radius: float
    before_y: float
    now_y: float
    now_x: float | None
    dates: tuple[tuple[float, Week], ...]
    """Weeks whose first day is written below: the oldest, and the first of now."""
    left: int = LEFT
    right: int = RIGHT
    floor: int = FLOOR
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def spoken(self) -> tuple[str | None, ...]:
        """Return each week's figure in words, oldest first, None for a week that was not seen."""
        by_week = {dot.week: dot.said for dot in self.dots}
        return tuple(by_week.get(week) for week in self.course.weeks)


async def courses_of(connection: Connection, ticket_id: str) -> list[Course]:
    """Return what changed by the newest flag of slow change of a ticket and what was merged into it."""
    tickets = [ticket_id, *await merged_under(connection, ticket_id)]
    return read_courses(await newest_facts(connection, tickets, FlagKind.WELLBEING))


def draw_weeks(course: Course) -> CourseChart:
    """Lay out one figure: every week has its place, the scale reaches from the least of all values to the greatest."""
    weeks = course.weeks
    values = [course.before, course.now, *(week.value for week in weeks if week.value is not None)]
    low, span = min(values), max(values) - min(values)
    step = (RIGHT - LEFT) / len(weeks)

    def y(value: float) -> float:
        return round(FLOOR - (value - low) / span * (FLOOR - TOP), 1) if span else (TOP + FLOOR) / 2

    dots = (
        Dot(round(LEFT + (at + 0.5) * step, 1), y(week.value), week, said(course.name, week.value))
        for at, week in enumerate(weeks)
        if week.value is not None
    )
    first = next((at for at, week in enumerate(weeks) if week.side is Side.NOW), None)
    now_x = None if first is None else round(LEFT + first * step, 1)
    dates = [] if first is None or now_x is None else [(now_x, weeks[first])]
    if now_x is None or now_x - LEFT >= _NAME:
        dates.insert(0, (float(LEFT), weeks[0]))
    return CourseChart(
        course,
        said(course.name, course.before),
        said(course.name, course.now),
        tuple(dots),
        round(min(_FULL_DOT, step / 2 - 1), 1),
        y(course.before),
        y(course.now),
        now_x,
        tuple(dates),
    )
