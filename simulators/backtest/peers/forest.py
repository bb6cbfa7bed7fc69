"""IsolationForest of scikit-learn on hourly windows: what an engineer would try first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.records.signs import CELL_MS, Signs, quiet_hours

Floats = NDArray[np.float64]
HOUR = 3_600_000 // CELL_MS
DAYS = 60
REFIT_DAYS = 7
FEWEST_DAYS = 5


def windows(signs: Signs) -> Floats:
    """Return a row for each full hour: hour as a circle, weekend, litres and signs in 1, 3 and 12 h, hours of quiet."""
    hours = signs.cells // HOUR
    edge = np.arange(1, hours + 1) * HOUR
    litres = np.concatenate([[0.0], np.cumsum(signs.water)])
    events = np.concatenate([[0.0], np.cumsum(signs.any_sign)])
    clock = (np.arange(hours) % 24) / 24.0 * 2.0 * np.pi
    weekend = np.array([signs.weekend(hour // 24) for hour in range(hours)], dtype=np.float64)
    columns = [np.sin(clock), np.cos(clock), weekend, quiet_hours(signs, signs.any_sign)[edge - 1]]
    for back in (1, 3, 12):
        since = np.maximum(edge - back * HOUR, 0)
        columns += [np.log1p(litres[edge] - litres[since]), events[edge] - events[since]]
    return np.stack(columns, axis=1)


class Forest:
    """Alarm when an hour's window is easier to isolate than `score`; fitted again each week on the weeks before."""

    name = "IsolationForest, hourly"
    published = False

    def __init__(self, trees: int = 100) -> None:
        self._trees = trees
        self._fitted: dict[tuple[str, int, bool], object] = {}

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return the isolation score of the latest full hour, doubled so that 1 is scikit-learn's own middle."""
        rows = windows(signs)
        result = np.zeros(last - first)
        low_hour, high_hour = max(0, first // HOUR - 1), min(last // HOUR + 1, rows.shape[0])
        for week in range(low_hour // (24 * REFIT_DAYS), (high_hour - 1) // (24 * REFIT_DAYS) + 1):
            start = max(low_hour, week * 24 * REFIT_DAYS)
            end = min(high_hour, (week + 1) * 24 * REFIT_DAYS)
            known = rows[max(0, week * REFIT_DAYS - DAYS) * 24 : week * REFIT_DAYS * 24]
            if known.shape[0] < FEWEST_DAYS * 24 or start >= end:
                continue
            scores = 2.0 * self._score(signs, week, known, rows[start:end])
            for hour, score in zip(range(start, end), scores, strict=True):
                # an hour's window is known at its end and stands for the hour after
                a, b = (hour + 1) * HOUR - first, (hour + 2) * HOUR - first
                result[max(a, 0) : max(b, 0)] = score
        result[signs.away[first:last] | signs.blind[first:last]] = 0.0
        return result

    def _score(self, signs: Signs, week: int, known: Floats, asked: Floats) -> Floats:
        # scikit-learn costs a second and 100 MB to load: only who asks for this peer pays
        from sklearn.ensemble import IsolationForest  # noqa: PLC0415

        key = (signs.home, week, bool(signs.away.any()))
        model = self._fitted.get(key)
        if model is None:
            model = IsolationForest(n_estimators=self._trees, random_state=1).fit(known)
            self._fitted[key] = model
        result: Floats = -model.score_samples(asked)  # type: ignore[attr-defined]
        return result
