"""A gateway that was added and never heard of: the homes behind it look watched, and are not."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from ingest.actions.upkeep.audit import FIRST_WITHIN, audit
from ingest.store.base.tables import gateways
from ingest.store.tickets.tables import tickets
from models.wire.messages import Heartbeat
from tests.ingest.town import NOON, Town


async def test_a_gateway_that_never_spoke_is_a_ticket_after_a_day(town: Town) -> None:
    beat = Heartbeat("1", NOON, interval_s=28_800, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True)
    await town.take(town.sealed(beat))
    assert (await audit(town.ctx, NOON)).silent_gateways == ()
    late = NOON + FIRST_WITHIN
    await town.take(town.sealed(beat), now=late - timedelta(minutes=1))
    assert (await audit(town.ctx, late - timedelta(seconds=1))).silent_gateways == ()
    assert (await audit(town.ctx, late)).silent_gateways == ("gw-2",)
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["gateway_id"]) == ("gateway_silent", "gw-2")
    assert "never reported" in ticket["text_en"]
    assert "从未报到" in ticket["text_zh"]


async def test_its_first_heartbeat_in_time_is_enough(town: Town) -> None:
    await audit(town.ctx, NOON)
    late = NOON + FIRST_WITHIN
    beat = Heartbeat("1", NOON, interval_s=60, outbox_waiting=0, outbox_oldest_s=0, clock_trusted=True)
    just = late - timedelta(minutes=1)
    await town.take(town.sealed(beat), town.sealed(beat, gateway="gw-2"), now=just)
    assert (await audit(town.ctx, late)).silent_gateways == ()


async def test_a_spare_gateway_without_homes_may_be_silent(town: Town) -> None:
    async with town.ctx.db.write() as connection:
        await connection.execute(insert(gateways).values(gateway_id="spare", area_id="c1"))
    await audit(town.ctx, NOON)
    assert (await audit(town.ctx, NOON + 2 * FIRST_WITHIN)).silent_gateways == ("gw-1", "gw-2")
