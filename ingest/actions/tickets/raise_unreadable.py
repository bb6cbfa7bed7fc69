"""Raise a flag that this version cannot read (a newer kind, a broken field): it may be an alarm, so people look."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.incoming.flag_limits import one_line
from ingest.domain.tickets.ticket import Event
from ingest.store.base.database import Connection
from ingest.store.base.places import area_of_gateway, home_by_id
from ingest.store.incoming.joinable import joinable_tickets
from ingest.store.tickets.tickets import save_ticket
from models.flag import FlagKind, Severity
from models.texts.texts import text_of
from models.wire.envelope import Envelope

_LONGEST = 300


async def raise_unreadable(connection: Connection, ctx: ActionContext, envelope: Envelope, now: datetime) -> None:
    """Open an urgent ticket with whatever sentence the flag has, or add a line to one that is open already."""
    name = one_line(str(envelope.body.get("home", "")), _LONGEST)
    home = await home_by_id(connection, name)
    if home is not None and home.gateway_id != envelope.gateway_id:
        home = None
    kind = FlagKind.DEVICE_TROUBLE
    place = {"gateways": [envelope.gateway_id]} if home is None else {"places": [(name, kind.value)]}
    board = await joinable_tickets(connection, **place)
    similar = board.joined_by(envelope.gateway_id, name, known_home=home is not None, kind=kind)
    if similar is not None and similar.severity is Severity.URGENT:
        said = {"message_id": envelope.message_id}
        await save_ticket(connection, similar, now, actor=None, event=Event.NEW_FLAG.value, detail=said)
        return
    area_id = home.area_id if home else await area_of_gateway(connection, envelope.gateway_id)
    assert area_id is not None  # the seal was checked against this gateway's row
    cause = Cause(
        area_id=area_id,
        kind=kind.value,
        severity=Severity.URGENT,
        text_zh=text_of("zh", "tickets.unreadable.flag", said=_sentence(envelope, "text_zh")),
        text_en=text_of("en", "tickets.unreadable.flag", said=_sentence(envelope, "text_en")),
        since=now,
        home_id=home.home_id if home else None,
        gateway_id=envelope.gateway_id,
        subject=None if home else (name or None),
    )
    await open_for(connection, ctx, cause, now)


def _sentence(envelope: Envelope, field: str) -> str:
    value = envelope.body.get(field, "")
    return one_line(value, _LONGEST) if isinstance(value, str) else ""
