"""Own home: a gateway speaks of the homes behind it, and of no other's. For whoever hears messages about homes."""

from __future__ import annotations

from ingest.actions.tickets.raise_flag import FlagRefusedError
from ingest.domain.incoming.flag_limits import check_usage
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id
from models.wire.codec import read_body
from models.wire.envelope import Envelope
from models.wire.messages import UsageSummary


async def refuse_foreign_home(connection: Connection, gateway_id: str, home_id: str) -> None:
    """Raise `FlagRefusedError` for a word about a home of another gateway."""
    home = await home_by_id(connection, home_id)
    if home is not None and home.gateway_id != gateway_id:
        raise FlagRefusedError(f"home {home_id} does not belong to gateway {gateway_id}")


async def read_usage(connection: Connection, envelope: Envelope) -> UsageSummary:
    """Return the summary in a message; raises `WireError` for one that can not be, or `FlagRefusedError`."""
    summary = read_body(envelope, UsageSummary)
    check_usage(summary)
    await refuse_foreign_home(connection, envelope.gateway_id, summary.home)
    return summary
