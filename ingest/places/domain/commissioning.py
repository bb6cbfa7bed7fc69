"""Commissioning: whether a home's gateway, meters and detector do what they must, step by step. Pure.

What a gateway tells of itself ticks the steps; nobody ticks them by hand. Only the sign-off is a person's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HEARD_WITHIN = timedelta(hours=1)
"""A device that has just been put in was heard of by then, a battery detector after its test button."""
SIGN_WITHIN = timedelta(minutes=30)
TEST_WITHIN = timedelta(hours=24)
LONGEST_NOTE = 500


class InstallStep(StrEnum):
    """What is looked at, in the order in which it makes sense at the door."""

    GATEWAY_HEARD = "gateway_heard"
    HOME_KNOWN = "home_known"
    DEVICES_HEARD = "devices_heard"
    SIGN_SEEN = "sign_seen"
    TEST_HEARD = "test_heard"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a home now; times aware UTC, None where nothing was heard."""

    gateway_id: str | None
    gateway_late: bool
    home_known: bool
    devices_heard: Sequence[datetime | None]
    last_sign: datetime | None
    last_test: datetime | None


def passed(seen: Seen, now: datetime) -> dict[InstallStep, bool]:
    """Return each step and whether it is passed."""

    def young(at: datetime | None, within: timedelta) -> bool:
        return at is not None and now - at <= within

    return {
        InstallStep.GATEWAY_HEARD: seen.gateway_id is not None and not seen.gateway_late,
        InstallStep.HOME_KNOWN: seen.home_known,
        InstallStep.DEVICES_HEARD: bool(seen.devices_heard)
        and all(young(at, HEARD_WITHIN) for at in seen.devices_heard),
        InstallStep.SIGN_SEEN: young(seen.last_sign, SIGN_WITHIN),
        InstallStep.TEST_HEARD: young(seen.last_test, TEST_WITHIN),
    }
