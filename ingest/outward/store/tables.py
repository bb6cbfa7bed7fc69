"""Tables of what leaves for other systems: ticket events on their way to other centres, and lines for a time-series
database that wait for it.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from ingest.store.base.columns import Instant, JsonText, RowNumber
from ingest.store.base.metadata import metadata

forwarders = Table(
    "forwarders",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("wants_json", JsonText, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("failing_since", Instant),
    Column("last_error", Text),
    Column("last_done_at", Instant),
)
"""The settings' forwarders, as the program that runs now has them; one that is not in them any more is not active."""

forwards = Table(
    "forwards",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("forwarder", ForeignKey("forwarders.name"), nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("content_json", JsonText, nullable=False),
    Column("status", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    CheckConstraint("status IN ('pending','leased','done','refused','given_up')", name="status_known"),
    UniqueConstraint("forwarder", "ticket_id", "number", name="uq_forwards_event"),
    Index("ix_forwards_status_not_before", "status", "not_before"),
)
"""One row for each event of a ticket and each forwarder that wants it, written with the event itself. `number` is the
event's in the ticket's history, `content_json` what is to be said, as it was then."""

influx_spool = Table(
    "influx_spool",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("line", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
