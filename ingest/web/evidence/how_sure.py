"""How sure: what speaks for an alarm and against it – how rare this is here, how such alarms turned out, how fresh the
data are. Reads and counts; whoever goes decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.domain.base.shares import Share
from ingest.domain.tickets.outcome_rates import is_right
from ingest.store.base.database import Connection
from ingest.store.base.devices import DeviceHealth
from ingest.store.tickets.queries import TicketRow
from ingest.store.tickets.track_record import Earlier, earlier_of_home, newest_facts, outcomes_of_kind

LOOK_BACK = timedelta(days=90)
FEW = 5
"""Fewer judged alarms than these are no record."""
_RAREST = 10_000


@dataclass(frozen=True, slots=True)
class Certainty:
    """`one_in`: about one in so many quiet spells of this home lasts so long; `record`: right of those judged.

    `earlier` are the home's tickets of the last 90 days; `heard_at` is when its newest device was heard before now.
    """

    one_in: int | None
    record: Share | None
    earlier: Sequence[Earlier]
    heard_at: datetime | None

    @property
    def earlier_right(self) -> int:
        """How many of the earlier tickets were right."""
        return sum(is_right(one.kind, one.outcome) is True for one in self.earlier if one.outcome)


async def certainty_of(
    connection: Connection, row: TicketRow, devices: Sequence[DeviceHealth], scope: str, now: datetime
) -> Certainty:
    """Read it for a ticket; the record is that of the viewer's areas."""
    since = now - LOOK_BACK
    heard = [one.last_heard for one in devices if one.last_heard is not None and one.last_heard <= now]
    return Certainty(
        one_in=_one_in(await newest_facts(connection, [row.ticket_id])),
        record=record_of(row.kind, await outcomes_of_kind(connection, row.kind, scope, since)),
        earlier=await earlier_of_home(connection, row.home_id, row.opened_at, since) if row.home_id else (),
        heard_at=max(heard, default=None),
    )


def record_of(kind: str, outcomes: Mapping[str, int]) -> Share | None:
    """Return right of those judged, None where too few were."""
    judged = {outcome: is_right(kind, outcome) for outcome in outcomes}
    right = sum(count for outcome, count in outcomes.items() if judged[outcome])
    total = sum(count for outcome, count in outcomes.items() if judged[outcome] is not None)
    return Share(right, total) if total >= FEW else None


def _one_in(facts: Mapping[str, Any]) -> int | None:
    """Read the number from a flag; facts come from outside and may be anything."""
    found = facts.get("one_in")
    if not isinstance(found, int) or isinstance(found, bool) or found < 2:
        return None
    return min(found, _RAREST)
