"""Tables of the fleet: test alarms of gateways, added habits, moved silence thresholds, fitted priors, and the
settings' way down to gateways.

Closed words (rules, labels) are text: the lists live in the wing's `domain`.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from ingest.store.base.columns import Instant, JsonText, RowNumber
from ingest.store.base.metadata import metadata

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

habit_counts = Table(
    "habit_counts",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), nullable=False),
    Column("week", Text, nullable=False),
    Column("homes", Integer, nullable=False),
    Column("cells_json", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("gateway_id", "week"),
    Index("ix_habit_counts_week", "week"),
)
"""Quiet spells of a gateway's homes added up, `week` being the date of its Monday. Never of one home."""

line_moves = Table(
    "line_moves",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("before", Float, nullable=False),
    Column("after", Float, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("needless", Integer, nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), index=True),
    Index("ix_line_moves_home_id_rule_id", "home_id", "rule", "id"),
)
"""Append only: how outcomes moved a home's line; the newest row of a rule is how it stands. `needed` and `needless` are
the visits that this rests on."""

district_priors = Table(
    "district_priors",
    metadata,
    Column("area_id", ForeignKey("areas.area_id"), primary_key=True),
    Column("homes", Integer, nullable=False),
    Column("prior_json", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)
"""What is known of a new home in an area, where it was fitted there; the shipped one stands for all others."""

settings_mail = Table(
    "settings_mail",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), primary_key=True),
    Column("due_at", Instant, index=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("confirmed", Text, nullable=False, server_default=text("''")),
)
"""`due_at` is when settings are to be sent (again); None when the gateway has confirmed the revision there is."""
