"""Alembic's entry: runs the steps on the connection that `ingest.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from ingest.families.store.tables import family_consents
from ingest.fleet.store.learning_tables import habit_counts
from ingest.fleet.store.tables import canaries
from ingest.outward.store.tables import forwards
from ingest.store.duty.shift_tables import shift_notes
from ingest.store.duty.tables import rosters
from ingest.store.notices.vendor_tables import vendor_events
from ingest.store.tickets.care_tables import silences
from ingest.visits.store.tables import visits

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
