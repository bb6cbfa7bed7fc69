"""The table of the desk's notes and of shifts that are handed over. Beside `tables`, as Core as those."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from ingest.store.base.columns import Instant, JsonText
from ingest.store.base.tables import RowNumber, metadata

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
