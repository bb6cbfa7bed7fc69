"""Alembic's entry: runs the steps on the connection that `ingest.store.migrate` hands over.

The metadata names the constraints; its tables are not asked for, because a step says itself what it changes.
"""

from __future__ import annotations

from alembic import context

from ingest.store.base.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
