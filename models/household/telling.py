"""Telling: verdicts on their way into a home's episodes, and flags out of them. Knows no detector."""

from __future__ import annotations

from models.flag import Evidence, Flag, FlagKind
from models.household.core import hold
from models.household.core.verdict import Verdict
from models.household.state import HomeState


def settle(state: HomeState, verdict: Verdict | None, at: float, flags: list[Flag]) -> None:
    """Raise or update what a verdict says, if there is one."""
    if verdict is None:
        return
    flag = hold.settle(state.episodes, state.home_id, verdict, at)
    if flag is not None:
        flags.append(flag)


def clear(state: HomeState, key: str, at: float, evidence: Evidence, flags: list[Flag]) -> None:
    """End the episode under `key`, if there is one."""
    flag = hold.clear(state.episodes, state.home_id, key, at, evidence)
    if flag is not None:
        flags.append(flag)


def clear_over(state: HomeState, kind: FlagKind, over: bool, at: float, flags: list[Flag]) -> None:
    """End the episode of a kind when what it was about is over."""
    if over and kind.value in state.episodes:
        clear(state, kind.value, at, Evidence({}, key="flags.home.over"), flags)
