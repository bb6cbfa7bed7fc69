"""Map plan: which need and which resource stands where on the plan of areas, and the same as rows of a list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.domain.tickets.ticket import Status
from ingest.places.web.map_shapes import Shape, cells, centre, outline, path, spread
from ingest.store.tickets.queries import AreaRow, TicketRow
from ingest.web.ledger.morning import Morning, MorningHome
from models.flag import Severity

MOST_HOMES = 250
"""More homes than these are shown as one sign for each compound."""
_HURRY: frozenset[str] = frozenset({Severity.URGENT, Severity.CRITICAL})


class HomeSign(StrEnum):
    """What a sign stands for, the most pressing first."""

    ALARM = "alarm"
    """Urgent, and nobody has it."""
    UNDER_WAY = "under_way"
    TICKET = "ticket"
    """Something less urgent, or to be reviewed."""
    BLIND = "blind"
    OVERDUE = "overdue"
    NOT_SEEN = "not_seen"
    AWAY = "away"
    WELL = "well"


class Budget(StrEnum):
    """How long a fall now would go unnoticed."""

    UNKNOWN = "unknown"
    DAY = "day"
    """More than twelve hours."""
    HALF_DAY = "half_day"
    HOURS = "hours"
    """Six hours at most."""


_OF_MORNING = {
    Morning.BLIND: HomeSign.BLIND,
    Morning.OVERDUE: HomeSign.OVERDUE,
    Morning.NOT_SEEN: HomeSign.NOT_SEEN,
    Morning.AWAY: HomeSign.AWAY,
    Morning.SEEN: HomeSign.WELL,
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign on the plan: a home, or all homes of a compound. `count` is how many stand as badly as `name` says."""

    x: float
    y: float
    radius: float
    name: str
    count: int
    homes: int
    home: MorningHome | None
    area_id: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One area of the plan."""

    area_id: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A station, or somebody on the way (`ticket` not None)."""

    x: float
    y: float
    area_id: str
    ticket: TicketRow | None = None


@dataclass(slots=True)
class MapRow:
    """One row of the list: an area, and how many of its homes stand how."""

    area_id: str
    homes: int = 0
    needs: dict[str, int] = field(default_factory=dict)
    on_the_way: int = 0


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """The drawing and the list."""

    border: str
    cells: tuple[Cell, ...]
    signs: tuple[Sign, ...]
    stations: tuple[Mark, ...]
    on_the_way: tuple[Mark, ...]
    lines: tuple[MapRow, ...]


def need_of(one: MorningHome, tickets: Sequence[TicketRow]) -> HomeSign:
    """Return what a home needs most."""
    if any(row.severity in _HURRY and row.status in (Status.OPEN, Status.OFFERED) for row in tickets):
        return HomeSign.ALARM
    if any(row.status in (Status.TAKEN, Status.ON_SITE) for row in tickets):
        return HomeSign.UNDER_WAY
    return HomeSign.TICKET if tickets else _OF_MORNING[one.morning]


def budget_of(one: MorningHome, now: datetime) -> Budget:
    """Return how long a fall would go unnoticed."""
    if one.noticed_by is None:
        return Budget.UNKNOWN
    left = one.noticed_by - now
    return (
        Budget.HOURS if left <= timedelta(hours=6) else Budget.HALF_DAY if left <= timedelta(hours=12) else Budget.DAY
    )


def lay_out(
    root: AreaRow,
    areas: Mapping[str, AreaRow],
    found: Sequence[MorningHome],
    tickets: Sequence[TicketRow],
    stations: Iterable[str],
    *,
    now: datetime,
    by_budget: bool = False,
) -> MapDrawing:
    """Lay everything out within `root`; `found` are its homes, `stations` the areas that have one."""
    shapes = _shapes(root, areas)
    of_home: dict[str, list[TicketRow]] = {}
    for row in tickets:
        if row.home_id is not None:
            of_home.setdefault(row.home_id, []).append(row)
    needs = {one.home.home_id: need_of(one, of_home.get(one.home.home_id, ())) for one in found}
    names: Mapping[str, StrEnum] = needs
    if by_budget:
        names = {one.home.home_id: budget_of(one, now) for one in found}
    children = [area for area in areas.values() if area.path.startswith(root.path) and _depth(area) == _depth(root) + 1]
    staffed = [area for area in sorted(stations) if area in shapes and area != root.area_id]
    under_way = [row for row in tickets if row.status in (Status.TAKEN, Status.ON_SITE) and row.area_id in shapes]
    return MapDrawing(
        border=path(shapes[root.area_id]),
        cells=tuple(_cell(area.area_id, shapes[area.area_id]) for area in sorted(children, key=lambda one: one.path)),
        signs=tuple(_signs(found, names, shapes)),
        stations=tuple(_mark(area, shapes[area]) for area in staffed),
        on_the_way=tuple(_mark(row.area_id, shapes[row.area_id], row) for row in under_way),
        lines=tuple(_lines(root, children, found, needs, under_way)),
    )


def _depth(area: AreaRow) -> int:
    return area.path.count("/")


def _shapes(root: AreaRow, areas: Mapping[str, AreaRow]) -> dict[str, Shape]:
    inside = sorted((area for area in areas.values() if area.path.startswith(root.path)), key=lambda one: one.path)
    children: dict[str, list[str]] = {}
    for area in inside:
        if area.area_id != root.area_id:
            children.setdefault(area.path.strip("/").split("/")[-2], []).append(area.area_id)
    found: dict[str, Shape] = {root.area_id: outline()}
    for area in sorted(inside, key=_depth):
        below = tuple(children.get(area.area_id, ()))
        if below and area.area_id in found:
            found.update(cells(below, found[area.area_id]))
    return found


def _cell(area_id: str, shape: Shape) -> Cell:
    x, y = centre(shape)
    return Cell(area_id, path(shape), round(x, 1), round(y, 1))


def _mark(area_id: str, shape: Shape, ticket: TicketRow | None = None) -> Mark:
    x, y = centre(shape)
    return Mark(round(x, 1), round(y, 1), area_id, ticket)


def _signs(found: Sequence[MorningHome], names: Mapping[str, StrEnum], shapes: Mapping[str, Shape]) -> Iterable[Sign]:
    by_area: dict[str, list[MorningHome]] = {}
    for one in found:
        by_area.setdefault(one.home.area_id, []).append(one)
    for area_id, homes in by_area.items():
        if area_id not in shapes:
            continue
        if len(found) <= MOST_HOMES:
            for (x, y), one in zip(spread(len(homes), shapes[area_id]), homes, strict=True):
                yield Sign(round(x, 1), round(y, 1), 7, names[one.home.home_id], 1, 1, one, area_id)
            continue
        x, y = centre(shapes[area_id])
        order = list(type(names[homes[0].home.home_id]))
        worst = min((names[one.home.home_id] for one in homes), key=order.index)
        count = sum(names[one.home.home_id] is worst for one in homes)
        radius = round(min(14.0, 4 + len(homes) ** 0.5 * 1.2), 1)
        yield Sign(round(x, 1), round(y, 1), radius, worst, count, len(homes), None, area_id)


def _lines(
    root: AreaRow,
    children: Sequence[AreaRow],
    found: Sequence[MorningHome],
    needs: Mapping[str, HomeSign],
    under_way: Sequence[TicketRow],
) -> Iterable[MapRow]:
    rows = {area.path: MapRow(area.area_id) for area in sorted(children, key=lambda one: one.path)} or {
        root.path: MapRow(root.area_id)
    }

    def row_of(area_path: str) -> MapRow | None:
        return next((line for start, line in rows.items() if area_path.startswith(start)), None)

    for one in found:
        line = row_of(one.home.area_path)
        if line is not None:
            need = needs[one.home.home_id]
            line.homes += 1
            line.needs[need] = line.needs.get(need, 0) + 1
    for ticket in under_way:
        line = row_of(ticket.area_path)
        if line is not None:
            line.on_the_way += 1
    return rows.values()
