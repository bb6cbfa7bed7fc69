"""Note a heartbeat: the gateway lives, what it says of its health, and when it must be heard of again."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.domain.tickets.lifecycle import clear_condition
from ingest.domain.tickets.ticket import Event, Refused
from ingest.fleet.actions.send_gateway_messages import LEDGER, ON_CALL, SETTINGS, note_confirmed
from ingest.fleet.store.heartbeats import put_health, put_heartbeat
from ingest.fleet.store.test_alarms import put_trip
from ingest.store.base.database import Connection
from ingest.store.ledger.home_states import note_states
from ingest.store.tickets.tickets import save_ticket, silence_ticket
from models.wire.codec import WireError, is_id, write_body
from models.wire.messages import Heartbeat

MISSED = 3
"""A gateway is silent after so many heartbeats that did not come."""
LEAST = timedelta(seconds=30)
MOST = timedelta(hours=24)


async def note_heartbeat(
    connection: Connection, gateway_id: str, heartbeat: Heartbeat, sent_at: datetime, now: datetime
) -> bool:
    """Keep the newest heartbeat of a gateway (by the gateway's own clock) and its next deadline (by ours).

    Return whether a ticket about the gateway's silence was told that it speaks again.
    Raises `WireError`, before anything is written, for names that no database could hold.
    """
    flown = heartbeat.canary.canary_id if heartbeat.canary else ""
    if not all(is_id(name or "") for name in (heartbeat.ledger, heartbeat.settings, heartbeat.on_call, flown)):
        raise WireError("heartbeat: a revision or canary_id must be printable and not too long")
    interval_s = min(max(heartbeat.interval_s, 0), int(MOST.total_seconds()))
    due = now + min(MOST, max(LEAST, timedelta(seconds=interval_s * MISSED)))
    # a clock that once ran ahead must not make its last word the newest for ever
    sent_at = min(sent_at, now)
    sends = heartbeat.canary_every_s > 0
    await put_heartbeat(connection, gateway_id, heard_at=now, due_at=due, sends_test_alarms=sends)
    await put_health(connection, gateway_id, sent_at, write_body(heartbeat))
    await note_states(connection, gateway_id, heartbeat.homes, sent_at, now)
    await put_trip(connection, gateway_id, heartbeat.canary)
    await note_confirmed(connection, LEDGER, gateway_id, heartbeat.ledger, now)
    await note_confirmed(connection, SETTINGS, gateway_id, heartbeat.settings, now)
    if heartbeat.on_call is not None:
        await note_confirmed(connection, ON_CALL, gateway_id, heartbeat.on_call, now)
    ticket = await silence_ticket(connection, gateway_id)
    after = clear_condition(ticket) if ticket else None
    if after is None or isinstance(after, Refused):
        return False
    await save_ticket(connection, after, now, actor=None, event=Event.CONDITION_CLEARED.value, detail={})
    return True
