"""A canary's way goes on to the vendor's report: who took it when, under which id, and where the way ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("canaries", sa.Column("channel", sa.Text()))
    op.add_column("canaries", sa.Column("vendor_id", sa.Text()))
    op.add_column("canaries", sa.Column("sent_at", sa.BigInteger()))
    op.add_column("canaries", sa.Column("ends", sa.Text()))


def downgrade() -> None:
    """Go back."""
    for name in ("ends", "sent_at", "vendor_id", "channel"):
        op.drop_column("canaries", name)
