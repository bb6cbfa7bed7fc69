"""The wings of the ingester, in the order in which they hear things; and a database that tells them of tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.actions.base.context import Wing
from ingest.families.wing import WING as FAMILIES
from ingest.fleet.actions.send_test_alarms import AlarmTestPhone
from ingest.fleet.wing import WING as FLEET
from ingest.fleet.wing import with_phone
from ingest.outward.forwarders.contract import Forwarder
from ingest.outward.wing import WING as OUTWARD
from ingest.outward.wing import with_forwarders
from ingest.store.base.database import Database, DatabaseUrl
from ingest.store.tickets.tickets import LISTENERS
from ingest.visits.wing import WING as VISITS

WINGS = (FLEET, OUTWARD, FAMILIES, VISITS)


def equipped(forwarders: Mapping[str, Forwarder], phone: AlarmTestPhone | None) -> tuple[Wing, ...]:
    """Return the wings of a worker that has these centres, and this phone for test alarms."""
    return (with_phone(phone), with_forwarders(forwarders), FAMILIES, VISITS)


def open_database(url: DatabaseUrl, wings: Sequence[Wing] = WINGS) -> Database:
    """Return the database; what is written into a ticket's history is told to the wings in the same transaction."""
    return Database(url, {LISTENERS: tuple(hear for wing in wings for hear in wing.ticket_events)})
