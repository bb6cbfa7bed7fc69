"""How to find a home's door."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("homes", sa.Column("way", sa.Text()))


def downgrade() -> None:
    """Go back: the ways are forgotten."""
    op.drop_column("homes", "way")
