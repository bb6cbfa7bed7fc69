"""Miss canaries: one that does not come, does not get through or is too slow is a ticket about its gateway."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_system_ticket import SystemFault, mend, open_system_ticket
from ingest.domain.tickets.ticket import CANARY_FAILED
from ingest.fleet.domain.test_alarm import CANARY_LATE, LONGEST_S, CanaryWay, Stage
from ingest.fleet.store.test_alarms import AWAITED_WITHIN, DELIVERED, FAILED, newest_test_alarms, singers, way_of
from ingest.store.base.database import StoredRow
from ingest.store.tickets.system_tickets import going_on
from models.flag import Severity
from models.texts.texts import texts_of


async def miss_test_alarms(ctx: ActionContext, now: datetime) -> int:
    """Complain of gateways whose canary is missing, failed or slow; mend what is well again. Return how many."""
    kinds = (CANARY_FAILED, CANARY_LATE)
    async with ctx.db.read() as connection:
        newest, running = await newest_test_alarms(connection), await singers(connection)
        told = {(ticket.kind, ticket.subject) for ticket in await going_on(connection, *kinds)}
    opened = 0
    for gateway_id, started in running.items():
        found = _complaints(gateway_id, newest.get(gateway_id), started, now)
        for kind in kinds:
            known = (kind, gateway_id) in told
            if kind in found and not known:
                complaint, since = found[kind]
                async with ctx.db.write() as connection:
                    opened += await open_system_ticket(connection, ctx, complaint, since, now)
            elif known and kind not in found and _came_through(newest.get(gateway_id)):
                async with ctx.db.write() as connection:
                    await mend(connection, kind, gateway_id, now)
    return opened


def _complaints(
    gateway_id: str, row: StoredRow | None, started: datetime, now: datetime
) -> dict[str, tuple[SystemFault, datetime]]:
    """Return kind → what there is to complain of, and since when."""
    found = {}
    last = started if row is None else row["arrived_at"]
    if (row is not None and row["status"] == FAILED) or now - last > AWAITED_WITHIN:
        found[CANARY_FAILED] = (_missing(gateway_id, row), last)
    elif row is not None and row["status"] == DELIVERED and (slow := way_of(row).slow()):
        found[CANARY_LATE] = (_slow(gateway_id, way_of(row), max(slow, key=lambda stage: slow[stage])), last)
    return found


def _came_through(row: StoredRow | None) -> bool:
    return row is not None and row["status"] == DELIVERED


def _missing(gateway_id: str, row: StoredRow | None) -> SystemFault:
    key = "tickets.test_alarm.not_come"
    if row is not None and row["status"] == FAILED:
        key = "tickets.test_alarm.no_phone" if row["sent_at"] is None else "tickets.test_alarm.not_confirmed"
    return SystemFault(CANARY_FAILED, gateway_id, Severity.URGENT, *texts_of(key, gateway=gateway_id))


def _slow(gateway_id: str, way: CanaryWay, stage: Stage) -> SystemFault:
    zh, en = texts_of(
        "tickets.test_alarm.slow",
        gateway=gateway_id,
        stage=stage.value,
        took=way.stages()[stage],
        most=LONGEST_S[stage],
    )
    return SystemFault(CANARY_LATE, gateway_id, Severity.MAINTENANCE, zh, en)
