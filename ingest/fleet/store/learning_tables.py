"""Tables of what homes and gateways teach: how each home stands, added habits, moved lines, fitted priors, and the
settings' way down to gateways. Beside `tables`, as Core as those.

Closed words (rules, labels) are text: the lists live in `ingest.domain`.
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

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.tables import RowNumber, metadata

home_states = Table(
    "home_states",
    metadata,
    Column("home_id", ForeignKey("homes.home_id"), primary_key=True),
    Column("gateway_id", Text, nullable=False),
    Column("watch", Text, nullable=False),
    Column("last_sign_at", Instant),
    Column("noticed_by", Instant),
    Column("blind_since", Instant),
    Column("sent_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("watch IN ('watched','away','blind')", name="watch_known"),
)
"""The newest word of a gateway about each home. `noticed_by` is the silence budget as of `sent_at` (the gateway's
clock): a fall then would be noticed by that time. `at` is our clock: an old one says that nobody knows better."""

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
