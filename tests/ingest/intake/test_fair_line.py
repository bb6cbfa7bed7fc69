"""A gateway that sends without end waits for itself: the others are taken in turn, and nothing of theirs is refused."""

from __future__ import annotations

import asyncio

import pytest

from ingest.actions.incoming.accept_envelopes import Accepted, Arrival
from ingest.intake.batching import MOST_AT_ONCE, MOST_WAITING_EACH, Batcher, Unavailable
from ingest.intake.fair_queue import FairQueue, QueueFullError
from ingest.store.tickets.tables import tickets
from models.wire.messages import ReceiptStatus
from tests.ingest.town import NOON, Town, flag


def test_senders_are_taken_in_turn_and_each_ones_items_in_order() -> None:
    line: FairQueue[str] = FairQueue(100, 10)
    for sender, count in (("a", 5), ("b", 1), ("c", 2)):
        for number in range(count):
            line.put(sender, f"{sender}{number}")
    assert line.take(4) == ["a0", "b0", "c0", "a1"]
    line.put("b", "b1")
    assert line.take(100) == ["c1", "a2", "b1", "a3", "a4"]
    assert len(line) == 0
    assert line.take(1) == []


def test_both_bounds_hold_and_a_senders_own_is_told_apart() -> None:
    line: FairQueue[int] = FairQueue(5, 3)
    for number in range(3):
        line.put("a", number)
    with pytest.raises(QueueFullError) as own:
        line.put("a", 3)
    line.put("b", 0)
    line.put("c", 0)
    with pytest.raises(QueueFullError) as whole:
        line.put("d", 0)
    assert (own.value.own, whole.value.own) == (True, False)
    line.take(1)
    line.put("d", 0)


async def test_an_alarm_does_not_wait_behind_another_gateways_flood(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    batcher = Batcher(town.ctx, lambda: NOON, lambda: None)
    flood = [batcher.submit(Arrival(town.sealed({}, kind="weather"), "gw-1")) for _ in range(MOST_WAITING_EACH + 100)]
    alarm = batcher.submit(Arrival(town.sealed(flag(home="k-1"), gateway="gw-2"), "gw-2"))
    refused = [one.result() for one in flood if one.done()]
    assert len(refused) == 100
    assert all(isinstance(one, Unavailable) and one.let_go for one in refused)
    assert [record.message for record in caplog.records if "gw-1 sends more" in record.message], "told once"
    running = asyncio.create_task(batcher.run())
    answer = await asyncio.wait_for(alarm, 60)
    taken = sum(one.done() for one in flood) - len(refused)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert isinstance(answer, Accepted)
    assert answer.line.status is ReceiptStatus.STORED
    assert await town.count(tickets) == 1
    assert taken < MOST_AT_ONCE, "it was in the first batch"
    assert sum("gw-1 sends more" in record.message for record in caplog.records) == 1
