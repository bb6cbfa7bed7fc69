"""Tables of what gateways do by themselves: whom they told while we gave no receipt, and their daily canaries."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, PrimaryKeyConstraint, Table, Text

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.tables import metadata

local_tellings = Table(
    "local_tellings",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), nullable=False),
    Column("episode", Text, nullable=False),
    Column("tellings_json", JsonText, nullable=False),
    Column("accepted_by", Text),
    Column("accepted_at", Instant),
    Column("received_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("gateway_id", "episode"),
)
"""One row for each situation that a gateway told people of itself; `tellings_json` are [way, person, epoch ms]. Times
within are the gateway's. It may come before the flag it is about."""

canaries = Table(
    "canaries",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), nullable=False),
    Column("canary_id", Text, nullable=False),
    Column("sensed_at", Instant, nullable=False),
    Column("arrived_at", Instant, nullable=False),
    Column("waited_s", Float, nullable=False),
    Column("status", Text, nullable=False),
    Column("leased_until", Instant),
    Column("delivered_at", Instant),
    Column("last_error", Text),
    Column("channel", Text),
    Column("vendor_id", Text),
    Column("sent_at", Instant),
    Column("ends", Text),
    PrimaryKeyConstraint("gateway_id", "canary_id"),
    CheckConstraint("status IN ('arrived','delivered','failed')", name="status_known"),
    Index("ix_canaries_status_arrived_at", "status", "arrived_at"),
)
"""A synthetic alarm's way: `sensed_at` by the gateway's clock, `waited_s` from the sensor to its leaving, by a clock
that nobody can set; the rest is ours. `sent_at` is when the vendor took it, under `vendor_id`, and `ends` where the way
ended (`domain.canary.Ends`)."""
