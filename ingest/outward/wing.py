"""What the outward wing adds to the heart: events of tickets go on to other centres, usage to a time-series store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from ingest.actions.base.context import Wing, WorkerParts
from ingest.actions.base.retention import AT_ONCE, Pruning, Retention
from ingest.actions.base.worker_duty import WorkerDuty
from ingest.outward.actions.forward_events import open_for_silent_centres
from ingest.outward.actions.forward_sender import ForwardSender
from ingest.outward.actions.spool_usage import spool_usage
from ingest.outward.forwarders.contract import Forwarder
from ingest.outward.store.forwards import forget_forwards, queue_forwards
from ingest.store.base.database import Connection
from models.wire.messages import MessageKind


def with_forwarders(forwarders: Mapping[str, Forwarder]) -> Wing:
    """Return the wing that sends to these centres; without any it only writes down what other processes send."""
    return replace(WING, duties=partial(_duties, forwarders)) if forwarders else WING


def _duties(forwarders: Mapping[str, Forwarder], parts: WorkerParts) -> Sequence[WorkerDuty]:
    sender = ForwardSender(parts, forwarders)
    return (
        WorkerDuty("forwards", 0.5, sender.run, rest=sender.rest),
        WorkerDuty("silent centres", 0.5, partial(open_for_silent_centres, parts.ctx), wakes=True),
    )


async def _forwards(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_forwards(connection, now - keep.messages, AT_ONCE)


WING = Wing(
    "outward",
    messages={MessageKind.USAGE_SUMMARY: spool_usage},
    prunings=(Pruning("forwards", _forwards),),
    ticket_events=(queue_forwards,),
)
