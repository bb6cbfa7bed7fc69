"""Whom gateways told themselves, their canaries, and how long a flag was on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "local_tellings",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("tellings_json", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text()),
        sa.Column("accepted_at", sa.BigInteger()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", "episode", name="pk_local_tellings"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateways.gateway_id"], name="fk_local_tellings_gateway_id"),
    )
    op.create_index("ix_local_tellings_received_at", "local_tellings", ["received_at"])
    op.create_table(
        "canaries",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("canary_id", sa.Text(), nullable=False),
        sa.Column("sensed_at", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("waited_s", sa.Float(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("gateway_id", "canary_id", name="pk_canaries"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateways.gateway_id"], name="fk_canaries_gateway_id"),
        sa.CheckConstraint("status IN ('arrived','delivered','failed')", name=op.f("ck_canaries_status_known")),
    )
    op.create_index("ix_canaries_status_arrived_at", "canaries", ["status", "arrived_at"])
    op.add_column("flags", sa.Column("waited_s", sa.Float(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """Go back: tickets keep their own history."""
    op.drop_column("flags", "waited_s")
    op.drop_table("canaries")
    op.drop_table("local_tellings")
