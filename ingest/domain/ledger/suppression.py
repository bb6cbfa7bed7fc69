"""Quietness: what somebody may have silenced or plan to test at a home, and for how long. Pure.

Smoke cannot be silenced, nor anything critical: a detector that cries wolf is mended, not muted.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from models.flag import FlagKind, Severity

LONGEST_SILENCE = timedelta(days=30)
LONGEST_TEST = timedelta(hours=12)
LONGEST_REASON = 500

SILENCEABLE: frozenset[FlagKind] = frozenset(FlagKind) - {FlagKind.SMOKE, FlagKind.TEST, FlagKind.COMMON_CAUSE}
TESTABLE: frozenset[FlagKind] = frozenset(
    {FlagKind.SMOKE, FlagKind.LEAK, FlagKind.RUNNING_WATER, FlagKind.SUPPLY_LOST, FlagKind.DEVICE_SILENT}
)

TEST_MISSED = "test_missed"
"""Ticket kind: a planned test was over, and nothing had come of it."""


class QuietFault(StrEnum):
    """Why nothing is silenced, planned or ended."""

    UNKNOWN_HOME = "unknown_home"
    UNKNOWN_ENTRY = "unknown_entry"
    NOT_ALLOWED = "not_allowed"
    SMOKE = "smoke"
    NO_KIND = "no_kind"
    NO_REASON = "no_reason"
    ENDS_FIRST = "ends_first"
    TOO_LONG = "too_long"
    OVER = "over"


def fault_of_silence(kinds: Collection[FlagKind], reason: str, since: datetime, until: datetime) -> QuietFault | None:
    """Return why this may not be silenced, or None."""
    if FlagKind.SMOKE in kinds:
        return QuietFault.SMOKE
    if not kinds or not SILENCEABLE.issuperset(kinds):
        return QuietFault.NO_KIND
    if not reason.strip() or len(reason) > LONGEST_REASON:
        return QuietFault.NO_REASON
    return _span_fault(since, until, LONGEST_SILENCE)


def fault_of_test(kind: FlagKind, since: datetime, until: datetime) -> QuietFault | None:
    """Return why this may not be planned, or None."""
    return QuietFault.NO_KIND if kind not in TESTABLE else _span_fault(since, until, LONGEST_TEST)


def silences(kinds: Collection[str], kind: FlagKind, severity: Severity) -> bool:
    """Return whether a silence of `kinds` holds back a flag."""
    return kind.value in kinds and kind in SILENCEABLE and severity is not Severity.CRITICAL


def proves(planned: str, flag: FlagKind) -> bool:
    """Return whether a flag is what a planned test waits for; a detector's own test button proves smoke."""
    return flag.value == planned or (planned == FlagKind.SMOKE.value and flag is FlagKind.TEST)


def _span_fault(since: datetime, until: datetime, longest: timedelta) -> QuietFault | None:
    if until <= since:
        return QuietFault.ENDS_FIRST
    return QuietFault.TOO_LONG if until - since > longest else None
