"""Standing: how well a home is watched, as plain data for the status and for a replay's `--states`."""

from __future__ import annotations

from datetime import UTC, datetime

from models.wire.messages import HomeWatchState


def as_plain(state: HomeWatchState) -> dict[str, str | bool | float | None]:
    """Return JSON data, times in UTC; `notice_by` is when a fall now would be noticed, None while nothing is judged."""
    return {
        "home": state.home,
        "blind": state.blind,
        "away": state.away,
        "last_sign": _time(state.last_sign),
        "notice_by": _time(state.notice_by),
        "blind_since": _time(state.blind_since),
        "line_scale": state.line_scale,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
