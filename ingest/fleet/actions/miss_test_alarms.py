"""Miss canaries: one that does not come, does not get through or is too slow is a ticket about its gateway."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, select

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_system_ticket import SystemFault, has_system_ticket, mend, open_system_ticket
from ingest.domain.tickets.ticket import CANARY_FAILED
from ingest.fleet.domain.test_alarm import CANARY_LATE, LONGEST_S, CanaryWay, Stage
from ingest.fleet.store.test_alarms import AWAITED_WITHIN, DELIVERED, FAILED, newest_test_alarms, singers, way_of
from ingest.store.tickets.tables import tickets
from models.flag import Severity

_STAGES = {
    Stage.HERE: ("到平台", "from the detector to the platform"),
    Stage.VENDOR: ("到服务商", "from the platform to the vendor"),
    Stage.PHONE: ("到手机", "from the vendor to the phone"),
}


async def miss_test_alarms(ctx: ActionContext, now: datetime) -> int:
    """Complain of gateways whose canary is missing, failed or slow; mend what is well again. Return how many."""
    kinds = (CANARY_FAILED, CANARY_LATE)
    going_on = select(tickets.c.kind, tickets.c.subject).where(
        tickets.c.kind.in_(kinds), has_system_ticket(tickets.c.kind, tickets.c.subject)
    )
    async with ctx.db.read() as connection:
        newest, running = await newest_test_alarms(connection), await singers(connection)
        told = {(row.kind, row.subject) for row in await connection.execute(going_on)}
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
    gateway_id: str, row: RowMapping | None, started: datetime, now: datetime
) -> dict[str, tuple[SystemFault, datetime]]:
    """Return kind → what there is to complain of, and since when."""
    found = {}
    last = started if row is None else row["arrived_at"]
    if (row is not None and row["status"] == FAILED) or now - last > AWAITED_WITHIN:
        found[CANARY_FAILED] = (_missing(gateway_id, row), last)
    elif row is not None and row["status"] == DELIVERED and (slow := way_of(row).slow()):
        found[CANARY_LATE] = (_slow(gateway_id, way_of(row), max(slow, key=lambda stage: slow[stage])), last)
    return found


def _came_through(row: RowMapping | None) -> bool:
    return row is not None and row["status"] == DELIVERED


def _missing(gateway_id: str, row: RowMapping | None) -> SystemFault:
    zh, en = "今天没有来", "did not come today"
    if row is not None and row["status"] == FAILED:
        zh, en = "到了平台，但没有发到手机", "came in, but reached no phone"
        if row["sent_at"] is not None:
            zh, en = "服务商收下了，但没有报告送达手机", "was taken by the vendor, who has not said that a phone got it"
    return SystemFault(
        CANARY_FAILED,
        gateway_id,
        Severity.URGENT,
        f"网关 {gateway_id} 的每日巡检警报{zh}：真的警报可能也到不了。请检查从网关到手机的线路。",
        f"The daily test alarm of gateway {gateway_id} {en}: a real one may not arrive either. Look at the way from the"
        " gateway to the phones.",
    )


def _slow(gateway_id: str, way: CanaryWay, stage: Stage) -> SystemFault:
    took, may = way.stages()[stage], LONGEST_S[stage]
    zh, en = _STAGES[stage]
    return SystemFault(
        CANARY_LATE,
        gateway_id,
        Severity.MAINTENANCE,
        f"网关 {gateway_id} 的每日巡检警报太慢：{zh}用了 {took:.0f} 秒，应在 {may:.0f} 秒内。请检查这一段。",
        f"The daily test alarm of gateway {gateway_id} was slow: {took:.0f} s {en}, {may:.0f} s at most. Look at that"
        " part of the way.",
    )
