"""Outcome rates: whether an alarm was right, by what was found. Pure.

Right is what somebody had to do something about; an outcome that says nothing either way (`unknown`, `test`) is not
judged. A broken device is a right call of the rules that watch devices, and a wrong one of those that watch people.
"""

from __future__ import annotations

_RIGHT = frozenset({"helped", "hospital", "died", "leak"})
_WRONG = frozenset({"habit", "away"})
_ABOUT_OURSELVES = frozenset(
    {
        "device_silent",
        "device_trouble",
        "home_blind",
        "gateway_silent",
        "roster_hole",
        "forward_failing",
        "channel_failing",
        "canary_failed",
        "canary_late",
    }
)


def is_right(kind: str, outcome: str) -> bool | None:
    """Return whether an alarm of this kind with this outcome was right, None where the outcome says nothing."""
    if outcome == "device":
        return kind in _ABOUT_OURSELVES
    if outcome == "mended":
        return True if kind in _ABOUT_OURSELVES else None
    return True if outcome in _RIGHT else False if outcome in _WRONG else None
