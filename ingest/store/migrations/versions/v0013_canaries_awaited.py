"""Since when a gateway says that it sends canaries: from then on one that does not come is missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("gateways", sa.Column("canary_since", sa.BigInteger()))


def downgrade() -> None:
    """Go back."""
    # not a batch, which drops the table and makes it anew: SQLite refuses while homes belong to its rows
    op.drop_column("gateways", "canary_since")
