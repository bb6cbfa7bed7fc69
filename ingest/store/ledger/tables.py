"""Tables of the ledger: what is known of a home over time (absences, who was seen well, silences, planned tests,
pauses, the newest state, hours of use), and the ledger's way to gateways.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.metadata import metadata

away = Table(
    "away",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("said_by", Text, nullable=False),
    Column("revoked", Boolean, nullable=False, server_default=text("false")),
    Column("recorded_by", ForeignKey("people.person_id")),
    Column("recorded_at", Instant, nullable=False),
    Column("way", Text, nullable=False, server_default=text("'unknown'")),
    Column("revoked_by", Text),
    Column("ended_at", Instant),
    Column("check_at", Instant, index=True),
    Column("overdue_at", Instant),
)
"""`said_by` is whoever told it, in words; `way` how they did. `check_at` is when the return is looked after, None once
it is settled; `ended_at` when the resident was known to be back, `overdue_at` when a ticket was opened instead."""

seen_well = Table(
    "seen_well",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("way", Text, nullable=False),
    Column("recorded_by", ForeignKey("people.person_id"), nullable=False),
    Column("ticket_id", ForeignKey("tickets.ticket_id"), index=True),
    CheckConstraint("at < until", name="ends_later"),
)
"""Somebody saw or spoke to a resident, and all was well; until then no sign of life is awaited."""

silences = Table(
    "silences",
    metadata,
    Column("silence_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("kinds", JsonText, nullable=False),
    Column("owner", ForeignKey("people.person_id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", ForeignKey("people.person_id")),
    CheckConstraint("since < until", name="ends_later"),
    CheckConstraint("reason <> ''", name="has_reason"),
)
"""`ended_at` is when it was looked after: ended by hand, or found to be over and what it hid brought up."""

planned_tests = Table(
    "planned_tests",
    metadata,
    Column("test_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("owner", ForeignKey("people.person_id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("passed_at", Instant),
    Column("settled_at", Instant),
    CheckConstraint("since < until", name="ends_later"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("pause_id", Text, primary_key=True),
    Column("home_id", ForeignKey("homes.home_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("silence_id", ForeignKey("silences.silence_id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("since < until", name="ends_later"),
)
"""While a pause lasts no sign of life is awaited at the home. `silence_id`: the silence that shows it to the desk."""

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

usage_hours = Table(
    "usage_hours",
    metadata,
    Column("home_id", Text, nullable=False),
    Column("start", Instant, nullable=False),
    Column("water_l", Float),
    Column("energy_wh", Float),
    Column("quality", Text, nullable=False),
    Column("signs", Integer),
    Column("boot_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("sent_at", Instant, nullable=False),
    PrimaryKeyConstraint("home_id", "start"),
)
"""`boot_id`, `seq` and `sent_at` of the message the hour came in: an older message never replaces a newer one."""

ledger_mail = Table(
    "ledger_mail",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), primary_key=True),
    Column("due_at", Instant, index=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("confirmed", Text, nullable=False, server_default=text("''")),
)
"""`due_at` is when the ledger is to be sent (again); None when the gateway has confirmed the revision there is."""
