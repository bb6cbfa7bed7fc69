"""What the fleet's wing adds to the heart: messages about gateways, test alarms, and thresholds that outcomes move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ingest.actions.base.context import Wing, WorkerParts
from ingest.actions.base.retention import Pruning, Retention
from ingest.actions.base.worker_duty import WorkerDuty
from ingest.fleet.actions.adjust_threshold import adjust_threshold
from ingest.fleet.actions.hear_gateway import hear_counts, hear_heartbeat, hear_test_alarm, hear_usage
from ingest.fleet.actions.miss_test_alarms import miss_test_alarms
from ingest.fleet.actions.note_usage import HOURS_KEPT
from ingest.fleet.actions.send_test_alarms import AlarmTestPhone, hear_of_test_alarm, pass_test_alarms
from ingest.fleet.store.habit_counts import forget_counts
from ingest.fleet.store.test_alarms import forget_test_alarms
from ingest.fleet.store.usage_hours import forget_usage
from ingest.store.base.database import Connection
from models.wire.messages import MessageKind

_HABITS_KEPT = timedelta(days=364)
"""So that a fit may see a whole year."""


def with_phone(phone: AlarmTestPhone | None) -> Wing:
    """Return the wing whose test alarms go on to a phone; without one they end here."""
    return replace(WING, duties=partial(_duties, phone))


def _duties(phone: AlarmTestPhone | None, parts: WorkerParts) -> Sequence[WorkerDuty]:
    pass_on = partial(pass_test_alarms, parts.ctx, parts.channels, phone, parts.clock)
    return (
        WorkerDuty("test alarms", 1.0, pass_on),
        WorkerDuty("missing test alarms", 15.0, partial(miss_test_alarms, parts.ctx), wakes=True),
    )


async def _habits(connection: Connection, _keep: Retention, now: datetime) -> int:
    return await forget_counts(connection, (now - _HABITS_KEPT).date())


async def _test_alarms(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_test_alarms(connection, now - keep.messages)


async def _usage(connection: Connection, _keep: Retention, now: datetime) -> int:
    return await forget_usage(connection, now - HOURS_KEPT)


WING = Wing(
    "fleet",
    messages={
        MessageKind.HEARTBEAT: hear_heartbeat,
        MessageKind.USAGE_SUMMARY: hear_usage,
        MessageKind.HABIT_COUNTS: hear_counts,
        MessageKind.CANARY: hear_test_alarm,
    },
    duties=partial(_duties, None),
    prunings=(Pruning("habits", _habits), Pruning("test alarms", _test_alarms), Pruning("hours of use", _usage)),
    outcomes=(adjust_threshold,),
    vendor_reports=(hear_of_test_alarm,),
)
