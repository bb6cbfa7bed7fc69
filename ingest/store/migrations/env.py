"""Alembic's entry: runs the steps on the connection that `ingest.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from ingest.store.care_tables import silences
from ingest.store.duty_tables import rosters
from ingest.store.family_tables import family_consents
from ingest.store.gateway_tables import canaries
from ingest.store.learning_tables import habit_counts
from ingest.store.outward_tables import forwards
from ingest.store.shift_tables import shift_notes
from ingest.store.vendor_tables import vendor_events
from ingest.store.visit_tables import visits

(_metadata,) = {
    table.metadata
    for table in (
        canaries,
        family_consents,
        forwards,
        habit_counts,
        rosters,
        shift_notes,
        silences,
        vendor_events,
        visits,
    )
}
"""The one that all modules of tables share; naming a table of each has them read."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=_metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
