"""Whom gateways call themselves while they hear nothing of us: when they were told who is on call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "on_call_mail",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("confirmed", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("gateway_id", name="pk_on_call_mail"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateways.gateway_id"], name="fk_on_call_mail_gateway_id"),
    )
    op.create_index("ix_on_call_mail_due_at", "on_call_mail", ["due_at"])


def downgrade() -> None:
    """Go back: gateways go on with what they know until it is too old."""
    op.drop_table("on_call_mail")
