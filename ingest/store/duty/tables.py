"""Tables of duty: plans of escalation, who can be sent, rosters and their changes, shifts, the calendar's special days.

Instants of shifts are `Instant`; days of a calendar are ISO dates, for a holiday belongs to no instant. Closed words
(kinds of responders, of days) are text: the lists live in `ingest.domain`.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
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

plans = Table(
    "plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("severities", JsonText, nullable=False),
    Column("steps_json", JsonText, nullable=False),
    Column("then_plan", Text),
    Column("quiet_json", JsonText),
)
"""`then_plan` names the plan whose steps follow; checked when plans are loaded, so no foreign key."""

responders = Table(
    "responders",
    metadata,
    Column("person_id", ForeignKey("people.person_id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("licence", Text),
    Column("organisation", Text),
    Column("station_id", ForeignKey("stations.station_id"), index=True),
    Column("skills", JsonText, nullable=False),
)
"""What somebody of `people` is besides their rights; nobody needs a row here."""

responder_areas = Table(
    "responder_areas",
    metadata,
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    PrimaryKeyConstraint("person_id", "area_id"),
)
"""Areas that somebody serves besides their own."""

rosters = Table(
    "rosters",
    metadata,
    Column("roster_id", Text, primary_key=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("rotations_json", JsonText, nullable=False),
)

roster_checks = Table(
    "roster_checks",
    metadata,
    Column("area_id", ForeignKey("areas.area_id"), primary_key=True),
    Column("checked_at", Instant, nullable=False),
)
"""When a district's rosters were last looked through for holes that somebody has to be told of."""

roster_changes = Table(
    "roster_changes",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("roster_id", ForeignKey("rosters.roster_id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.person_id")),
    Column("replaces", ForeignKey("people.person_id")),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recorded_by", ForeignKey("people.person_id")),
    Column("recorded_at", Instant, nullable=False),
    Column("revoked", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("starts < ends", name="ends_later"),
)
"""Overrides and swaps, in the order in which they were said; a later one stands over an earlier one."""

open_shifts = Table(
    "open_shifts",
    metadata,
    Column("shift_id", Text, primary_key=True),
    Column("roster_id", ForeignKey("rosters.roster_id"), nullable=False, index=True),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("places", Integer, nullable=False),
    Column("instead_of", Text),
    CheckConstraint("starts < ends", name="ends_later"),
)
"""`instead_of`: somebody asks to be relieved of these hours; whoever signs up takes them over."""

shift_signups = Table(
    "shift_signups",
    metadata,
    Column("shift_id", ForeignKey("open_shifts.shift_id"), nullable=False),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("shift_id", "person_id"),
)

special_days = Table(
    "special_days",
    metadata,
    Column("day", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("official", Boolean, nullable=False),
    CheckConstraint("kind IN ('holiday','workday')", name="kind_known"),
)
"""The days that are not what their weekday says; an official line is never overwritten by a guessed one."""

calendar_years = Table(
    "calendar_years",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("official", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)
"""The years whose table is in `special_days`."""

shift_notes = Table(
    "shift_notes",
    metadata,
    Column("note_id", RowNumber, primary_key=True, autoincrement=True),
    Column("area_id", ForeignKey("areas.area_id"), nullable=False),
    Column("written_by", ForeignKey("people.person_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Column("tickets_json", JsonText),
    Column("taken_by", ForeignKey("people.person_id")),
    Column("taken_at", Instant),
    CheckConstraint("(taken_by IS NULL) = (taken_at IS NULL)", name="taken_by_and_when"),
    CheckConstraint("taken_by IS NULL OR tickets_json IS NOT NULL", name="only_handovers_are_taken"),
    Index("ix_shift_notes_area_id_at", "area_id", "at"),
)
"""`tickets_json` is None for a plain note; for a hand-over it lists the ids of the tickets that were open."""

on_call_mail = Table(
    "on_call_mail",
    metadata,
    Column("gateway_id", ForeignKey("gateways.gateway_id"), primary_key=True),
    Column("due_at", Instant, index=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("confirmed", Text, nullable=False, server_default=text("''")),
)
"""`due_at` is when those on call are to be told to a gateway (again); None when it has confirmed those of now."""
