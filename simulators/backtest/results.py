"""Results: from the homes' runs to one table, every method at every budget. Must not know: how runs are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from models.flag import FlagEvent, FlagKind
from simulators.backtest.bench import OURS, EventRun, HomeRun, split_days
from simulators.backtest.causes import cause, tally
from simulators.backtest.events import WARM_UP_DAYS
from simulators.backtest.records.signs import CELL_MS, DAY_CELLS
from simulators.backtest.records.world import World
from simulators.backtest.tuning import BUDGETS, Delays, Floats, allowed_rises, delay_cells, lowest_scale, rises

CELL_MIN = CELL_MS // 60_000


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One method at one budget: what it was tuned to, what it rang for, how late it was."""

    method: str
    told: bool
    days: str
    homes: str
    budget: float
    """False alarms allowed per home and 30 days; nought where the method was left as published."""
    setting: str
    """`tuned` to the budget like everybody, `as published`, or `as set`: our own flags at that budget."""
    scale: float
    false_alarms: int
    realised: float
    """False alarms per home and 30 days that it rang."""
    causes: dict[str, int]
    delays: dict[str, dict[str, float]] = field(default_factory=dict)
    """By group of events."""

    @property
    def median(self) -> float:
        """Median delay of the main group, in hours; the cap where there is none."""
        return self.delays.get("collapse", self.delays.get("early collapse", {})).get("median_h", 48.0)


def as_json(rows: Sequence[ResultRow]) -> list[dict[str, object]]:
    """Return the rows as plain data."""
    return [asdict(row) for row in rows]


def table(worlds: Sequence[World], runs: Sequence[HomeRun]) -> list[ResultRow]:
    """Return every row: both ledgers, days 1–14 and later apart, all methods, all budgets, steady homes also alone."""
    by_home = {world.home: world for world in worlds}
    rows: list[ResultRow] = []
    for told in sorted({run.told for run in runs}):
        chosen = [run for run in runs if run.told == told]
        for method in chosen[0].ratios:
            rows += _method_rows(by_home, chosen, method, "all")
        steady = [run for run in chosen if run.steady]
        if 0 < len(steady) < len(chosen):
            rows += _method_rows(by_home, steady, OURS, "steady")
            rows += _method_rows(by_home, [run for run in chosen if not run.steady], OURS, "irregular")
    return rows


def _method_rows(worlds: dict[str, World], runs: Sequence[HomeRun], method: str, homes: str) -> list[ResultRow]:
    rows: list[ResultRow] = []
    for warm_up in (False, True):
        view = _View(worlds, runs, method, homes, warm_up)
        days = sum(part.size for part in view.normal) / DAY_CELLS
        if not days:
            continue
        for budget in BUDGETS:
            scale = lowest_scale(view.normal, allowed_rises(budget, days))
            rows.append(_tuned(view, budget, "tuned", scale))
        if method == OURS and homes == "all":
            rows += [_as_set(view, budget) for budget in sorted(runs[0].flags)]
        if method != OURS:
            rows.append(_tuned(view, 0.0, "as published", 1.0))
    return rows


@dataclass(frozen=True, slots=True)
class _View:
    """The runs of one method in one stretch of days."""

    worlds: dict[str, World]
    runs: Sequence[HomeRun]
    method: str
    homes: str
    warm_up: bool

    @property
    def normal(self) -> list[Floats]:
        return [split_days(run.ratios[self.method], self.warm_up) for run in self.runs]

    def row(
        self, budget: float, setting: str, scale: float, found: list[str], delays: dict[str, dict[str, float]]
    ) -> ResultRow:
        days = sum(part.size for part in self.normal) / DAY_CELLS
        return ResultRow(
            method=self.method,
            told=self.runs[0].told,
            days="1-14" if self.warm_up else "15-",
            homes=self.homes,
            budget=budget,
            setting=setting,
            scale=scale,
            false_alarms=len(found),
            realised=len(found) / (days / 30.0),
            causes=tally(found),
            delays=delays,
        )

    def delays(self, hours_of: Callable[[EventRun], float]) -> dict[str, dict[str, float]]:
        groups: dict[str, list[float]] = {}
        for run in self.runs:
            for event in run.events:
                if (event.truth.start < WARM_UP_DAYS * 1440) == self.warm_up:
                    groups.setdefault(event.phase, []).append(hours_of(event))
        return {group: Delays(tuple(hours)).summary() for group, hours in sorted(groups.items())}


def _tuned(view: _View, budget: float, setting: str, scale: float) -> ResultRow:
    """Return the row of a method whose alarm is ratio > scale."""
    first = 0 if view.warm_up else WARM_UP_DAYS * DAY_CELLS
    found = [
        cause(view.worlds[run.home], (first + int(cell) + 1) * CELL_MIN)
        for run, part in zip(view.runs, view.normal, strict=True)
        for cell in rises(part, scale)
    ]
    return view.row(budget, setting, scale, found, view.delays(lambda event: delay_hours(event, view.method, scale)))


def _as_set(view: _View, budget: float) -> ResultRow:
    """Return the row of our own flags, as the gateway would have sent them at this budget."""
    edge_ms = WARM_UP_DAYS * 86_400_000
    found = []
    for run in view.runs:
        for flag in run.flags[budget]:
            since_ms = flag.at.timestamp() * 1000 - run.start_ms
            if (
                flag.kind is FlagKind.INACTIVITY
                and flag.event is FlagEvent.RAISED
                and (since_ms < edge_ms) == view.warm_up
            ):
                found.append(cause(view.worlds[run.home], int(since_ms // 60_000)))
    return view.row(budget, "as set", 1.0, found, view.delays(lambda event: _capped(event.flagged[budget])))


def _capped(hours: float | None, cap: float = 48.0) -> float:
    return cap if hours is None else min(cap, hours)


def delay_hours(event: EventRun, method: str, scale: float, cap: float = 48.0) -> float:
    """Return the hours from an event to the method's alarm, `cap` if there was none."""
    cells = delay_cells(event.ratios[method], scale)
    if cells is None:
        return cap
    first = event.truth.start // CELL_MIN
    return min(cap, ((first + cells) * CELL_MIN - event.truth.start) / 60.0)


def flags_on_normal_days(runs: Sequence[HomeRun], budget: float) -> dict[str, dict[str, float]]:
    """Return per ledger how many episodes of each kind our own flags raised per home and 30 days, as set."""
    result: dict[str, dict[str, float]] = {}
    for told in sorted({run.told for run in runs}):
        chosen = [run for run in runs if run.told == told]
        months = sum(run.days for run in chosen) / 30.0
        raised = [flag.kind for run in chosen for flag in run.flags[budget] if flag.event is FlagEvent.RAISED]
        result["told" if told else "not told"] = {
            kind.value: round(raised.count(kind) / months, 3) for kind in FlagKind if kind in raised
        }
    return result


def best_peer(rows: Sequence[ResultRow], told: bool, budget: float, days: str = "15-") -> ResultRow | None:
    """Return the peer with the smallest median delay at a budget (then the smallest mean), None without peers."""
    peers = [
        row
        for row in rows
        if (row.told, row.budget, row.days, row.homes) == (told, budget, days, "all") and row.method != OURS
    ]
    return min(peers, key=lambda row: (row.median, row.delays.get("collapse", {}).get("mean_h", 48.0)), default=None)
