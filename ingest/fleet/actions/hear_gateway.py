"""Hear a gateway: what the fleet does with each kind of message that is about gateways and not about an alarm."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.own_home import read_usage
from ingest.fleet.actions.note_counts import note_counts
from ingest.fleet.actions.note_heartbeat import note_heartbeat
from ingest.fleet.actions.note_usage import note_usage
from ingest.fleet.actions.send_test_alarms import note_test_alarm
from ingest.store.base.database import Connection
from models.wire.codec import read_body
from models.wire.envelope import Envelope
from models.wire.messages import Canary, HabitCounts, Heartbeat


async def hear_heartbeat(connection: Connection, _ctx: ActionContext, envelope: Envelope, now: datetime) -> bool:
    """Note it; a page changes where a gateway that was silent speaks again."""
    beat = read_body(envelope, Heartbeat)
    return await note_heartbeat(connection, envelope.gateway_id, beat, envelope.sent_at, now)


async def hear_usage(connection: Connection, _ctx: ActionContext, envelope: Envelope, now: datetime) -> bool:
    """Note the hours of a home."""
    await note_usage(connection, envelope, await read_usage(connection, envelope), now)
    return False


async def hear_counts(connection: Connection, _ctx: ActionContext, envelope: Envelope, now: datetime) -> bool:
    """Note a week of counted habits."""
    await note_counts(connection, envelope.gateway_id, read_body(envelope, HabitCounts), now)
    return False


async def hear_test_alarm(connection: Connection, _ctx: ActionContext, envelope: Envelope, now: datetime) -> bool:
    """Note that a test alarm has come."""
    await note_test_alarm(connection, envelope.gateway_id, read_body(envelope, Canary), now)
    return False
