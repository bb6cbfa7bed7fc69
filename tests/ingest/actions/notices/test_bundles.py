"""Calm notices come together and not too often; what is urgent, and smoke above all, never waits for others."""

from __future__ import annotations

from datetime import timedelta

from ingest.actions.notices.deliver import Delivering, deliver, lease_notices
from ingest.channels.contract import Unreachable
from ingest.channels.texts import MOST_BUNDLE_PARTS, sms_parts
from ingest.domain.notices.delivery import CALM_PAUSE
from ingest.store.notices.tables import notices
from models.flag import FlagKind, Severity
from tests.ingest.town import NOON, Remembering, Town

CALM = {"kind": FlagKind.WELLBEING, "severity": Severity.VISIT}


async def calm(town: Town, *homes: int, after: timedelta = timedelta()) -> None:
    """Raise a visit for each home; the social worker of the community is asked."""
    for home in homes:
        await town.raise_flag(NOON + after, home=f"h-{home}", episode=f"e-{home}", **CALM)


async def test_calm_notices_to_one_person_leave_as_one_and_each_is_recorded(town: Town) -> None:
    await calm(town, 1, 2, 3)
    sms = Remembering()
    assert await deliver(town.ctx, {"sms": sms}, NOON) == Delivering(delivered=3)
    (bundle,) = sms.got
    rows = await town.rows(notices)
    assert bundle.title == "[Linshe] 3 matters"
    assert all(row["text"] in bundle.text for row in rows)
    assert {(row["status"], row["vendor_id"]) for row in rows} == {("delivered", "v-1")}


async def test_after_a_calm_one_the_next_wait_and_then_come_together(town: Town) -> None:
    sms = Remembering()
    await calm(town, 1)
    await deliver(town.ctx, {"sms": sms}, NOON)
    for minute in (1, 2):
        await calm(town, minute + 1, after=timedelta(minutes=minute))
        assert await deliver(town.ctx, {"sms": sms}, NOON + timedelta(minutes=minute)) == Delivering()
    assert await deliver(town.ctx, {"sms": sms}, NOON + CALM_PAUSE - timedelta(seconds=1)) == Delivering()
    assert await deliver(town.ctx, {"sms": sms}, NOON + CALM_PAUSE) == Delivering(delivered=2)
    assert [notice.title == "[Linshe] 2 matters" for notice in sms.got] == [False, True]


async def test_smoke_and_what_is_urgent_leave_alone_and_at_once(town: Town) -> None:
    sms = Remembering()
    await calm(town, 1)
    await deliver(town.ctx, {"sms": sms}, NOON)
    # even a smoke flag that a gateway calls a visit
    later = NOON + timedelta(minutes=1)
    for home in (2, 3):
        await town.raise_flag(later, home=f"h-{home}", episode=f"e-{home}", severity=Severity.VISIT)
    await town.raise_flag(later, home="h-4", episode="e-4", kind=FlagKind.LEAK, severity=Severity.URGENT)
    await calm(town, 5, after=timedelta(minutes=1))
    done = await deliver(town.ctx, {"sms": sms}, later)
    waiting = await town.rows(notices, status="pending")
    assert done.delivered == len(sms.got) - 1 == 4
    assert not any("matters" in notice.title for notice in sms.got)
    assert [row["not_before"] for row in waiting] == [NOON + CALM_PAUSE]


async def test_a_bundle_is_no_longer_than_carriers_take_and_none_is_lost(town: Town) -> None:
    await calm(town, *range(1, 21))
    sms = Remembering()
    assert (await deliver(town.ctx, {"sms": sms}, NOON)).delivered == 20
    assert 1 < len(sms.got) < 20
    assert max(sms_parts(notice.text) for notice in sms.got) <= MOST_BUNDLE_PARTS
    together = "\n".join(notice.text for notice in sms.got)
    assert all(together.count(row["text"]) == 1 for row in await town.rows(notices))


async def test_a_bundle_that_failed_goes_out_again_under_the_same_key_and_no_other_joins(town: Town) -> None:
    await calm(town, 1, 2)
    sms = Remembering([Unreachable("away")])
    await deliver(town.ctx, {"sms": sms}, NOON)
    await calm(town, 3, after=timedelta(seconds=2))
    await deliver(town.ctx, {"sms": sms}, NOON + timedelta(seconds=2))
    assert len({notice.key for notice in sms.got if "2 matters" in notice.title}) == 1
    assert [notice.title for notice in sms.got].count("[Linshe] 2 matters") == 2
    assert {row["status"] for row in await town.rows(notices)} == {"delivered"}


async def test_a_worker_that_dies_leaves_its_bundle_to_the_next_under_the_same_key(town: Town) -> None:
    await calm(town, 1, 2)
    (first,), _ = await lease_notices(town.ctx, NOON, 50)
    await calm(town, 3, after=timedelta(seconds=1))
    batches, _ = await lease_notices(town.ctx, NOON + timedelta(seconds=61), 50)
    assert first.outgoing() in [batch.outgoing() for batch in batches]
    assert sorted(len(batch.rows) for batch in batches) == [1, 2]
