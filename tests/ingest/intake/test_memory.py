"""What was taken in is on the disk and nowhere else: hundreds of messages leave no objects behind."""

from __future__ import annotations

import asyncio
import gc
from datetime import timedelta

from ingest.actions.incoming.accept_envelopes import Accepted, Arrival
from ingest.actions.tickets.escalate import escalate
from ingest.actions.upkeep.audit import audit
from ingest.intake.batching import Batcher
from models.flag import FlagEvent, FlagKind
from models.wire.messages import HourUse, UsageSummary
from tests.ingest.town import NOON, Town, flag

_ROUNDS = 4
_HOMES = 20


def _a_day(town: Town, number: int) -> list[bytes]:
    """Each home burns once, is well again, and tells an hour's use: new episodes, new tickets."""
    said: list[bytes] = []
    for home in range(1, _HOMES + 1):
        name, episode = f"h-{home}", f"e-{number}-{home}"
        hour = HourUse(NOON + timedelta(hours=number), 3.0, 120.0)
        said += [
            town.sealed(flag(home=name, episode=episode, kind=FlagKind.SMOKE)),
            town.sealed(flag(home=name, episode=episode, number=1, event=FlagEvent.CLEARED)),
            town.sealed(UsageSummary(name, [hour])),
        ]
    return said


async def test_hundreds_of_messages_leave_no_objects_behind(town: Town) -> None:
    batcher = Batcher(town.ctx, lambda: NOON, lambda: None)
    work = asyncio.create_task(batcher.run())

    async def live(number: int) -> int:
        answers = await asyncio.gather(*(batcher.submit(Arrival(one)) for one in _a_day(town, number)))
        assert all(isinstance(answer, Accepted) for answer in answers)
        await escalate(town.ctx, NOON + timedelta(minutes=number))
        await audit(town.ctx, NOON + timedelta(minutes=number))
        del answers
        gc.collect()
        return len(gc.get_objects())

    for number in range(3):  # statements are compiled, connections opened
        before = await live(number)
    for number in range(3, 3 + _ROUNDS):
        after = await live(number)
    assert after - before < _ROUNDS * _HOMES, "an object for each third message, at least"
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
