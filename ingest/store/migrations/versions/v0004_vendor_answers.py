"""What vendors say back: whether a notice reached the phone, and which digit was pressed, each once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "notice_receipts",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notice_receipts"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_notice_receipts_notice_id"),
        sa.CheckConstraint(
            "state IN ('awaited','delivered','failed','given_up')", name=op.f("ck_notice_receipts_state_known")
        ),
    )
    op.create_index("ix_notice_receipts_channel_vendor_id", "notice_receipts", ["channel", "vendor_id"])
    op.create_index("ix_notice_receipts_state_due_at", "notice_receipts", ["state", "due_at"])
    op.create_table(
        "vendor_events",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "event_id", name="pk_vendor_events"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_vendor_events_notice_id"),
    )
    op.create_index("ix_vendor_events_notice_id", "vendor_events", ["notice_id"])


def downgrade() -> None:
    """Go back: notices keep what became of them."""
    op.drop_table("vendor_events")
    op.drop_table("notice_receipts")
