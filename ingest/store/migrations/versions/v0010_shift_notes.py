"""Notes of the desk, and what one shift hands to the next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "shift_notes",
        sa.Column("note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tickets_json", sa.Text()),
        sa.Column("taken_by", sa.Text()),
        sa.Column("taken_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("note_id", name="pk_shift_notes"),
        sa.ForeignKeyConstraint(["area_id"], ["areas.area_id"], name="fk_shift_notes_area_id"),
        sa.ForeignKeyConstraint(["written_by"], ["people.person_id"], name="fk_shift_notes_written_by"),
        sa.ForeignKeyConstraint(["taken_by"], ["people.person_id"], name="fk_shift_notes_taken_by"),
        sa.CheckConstraint("(taken_by IS NULL) = (taken_at IS NULL)", name=op.f("ck_shift_notes_taken_by_and_when")),
        sa.CheckConstraint(
            "taken_by IS NULL OR tickets_json IS NOT NULL", name=op.f("ck_shift_notes_only_handovers_are_taken")
        ),
    )
    op.create_index("ix_shift_notes_area_id_at", "shift_notes", ["area_id", "at"])


def downgrade() -> None:
    """Go back: tickets keep their own history."""
    op.drop_table("shift_notes")
