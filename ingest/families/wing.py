"""What the families' wing adds to the heart: messages to contacts are written, sent and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from ingest.actions.base.context import Wing, WorkerParts
from ingest.actions.base.retention import AT_ONCE, Pruning, Retention
from ingest.actions.base.worker_duty import Concern, WorkerDuty
from ingest.families.actions.deliver_family_messages import deliver_family_messages
from ingest.families.actions.write_family_messages import look_after_family
from ingest.families.store.messages import forget_family_messages
from ingest.store.base.database import Connection


def _duties(parts: WorkerParts) -> Sequence[WorkerDuty]:
    return (
        WorkerDuty("family messages", 2.0, partial(look_after_family, parts.ctx), Concern.BOOKKEEPING),
        WorkerDuty(
            "family delivery", 5.0, partial(deliver_family_messages, parts.ctx, parts.channels), Concern.BOOKKEEPING
        ),
    )


async def _messages(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_family_messages(connection, now - keep.notices, AT_ONCE)


WING = Wing("families", duties=_duties, prunings=(Pruning("family messages", _messages),))
