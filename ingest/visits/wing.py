"""What the visits' wing adds to the heart: every district's month is planned, and planned again every night."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ingest.actions.base.context import Wing, WorkerParts
from ingest.actions.base.worker_duty import Concern, WorkerDuty
from ingest.visits.actions.plan_visits import look_after_visits
from ingest.visits.store.visits import visits_since


def _duties(parts: WorkerParts) -> Sequence[WorkerDuty]:
    return (WorkerDuty("visits", 2.0, partial(look_after_visits, parts.ctx), Concern.BOOKKEEPING),)


WING = Wing("visits", duties=_duties, visit_counters=(visits_since,))
