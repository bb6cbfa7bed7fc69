"""Smoke at 03:00 and nobody answers: asked up the four levels, over quiet hours, and again until somebody goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.upkeep.audit import audit
from ingest.domain.tickets.ticket import Event
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import PlaceFile, PlanEntry
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import ticket_history
from models.flag import Severity
from tests.ingest.town import Remembering, Town
from tests.story.moments import next_moment, work

THREE = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
"""03:00 in Ningbo."""
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


async def test_smoke_at_three_in_the_morning_and_nobody_answers(town: Town) -> None:
    steps: list[dict[str, object]] = [
        {"level": "compound", "to": "volunteers", "answer_s": 60},
        {"level": "community", "to": "social_workers", "answer_s": 120},
        {"level": "street", "to": "everyone", "answer_s": 120},
        {"level": "district", "to": "dispatchers", "answer_s": 300},
    ]
    quiet = {"from": "22:00", "to": "07:00", "timezone": "Asia/Shanghai"}
    plan = PlanEntry(id="night", area="c1", severities=[Severity.CRITICAL], steps=steps, quiet=quiet)
    await load_places(town.ctx, PlaceFile(plans=[plan]))
    channels = {"sms": Remembering(), "voice": Remembering()}
    ticket = await town.raise_flag(THREE, at=THREE, since=THREE)
    now = THREE
    while now < THREE + 5 * HOUR:
        await work(town, channels, now)
        row = await town.ticket(ticket)
        assert row["status"] == "open"
        assert row["due_at"] > now, "at no moment without a future deadline"
        assert (await audit(town.ctx, now)).clean
        now = await next_moment(town, now)

    rows = await town.rows(notices)
    first = {}
    for row in sorted(rows, key=lambda one: one["created_at"]):
        assert row["delivered_at"] == row["created_at"], "nothing about smoke waits for the morning"
        first.setdefault(row["person_id"], row["created_at"] - THREE)
    assert first == {
        "vera": timedelta(),
        "viktor": timedelta(),
        "sun": 60 * SECOND,
        "sheng": 180 * SECOND,
        "dong": 300 * SECOND,
        "ding": 300 * SECOND,
    }
    # the last level is asked again every five minutes, for ever
    ctx = sorted(row["created_at"] for row in rows if row["person_id"] == "dong")
    assert {later - earlier for earlier, later in pairwise(ctx)} == {5 * MINUTE}
    assert ctx[-1] == THREE + 5 * HOUR - 5 * MINUTE
    # 3 steps upwards, then every 5 minutes from 03:05 up to 08:00
    assert await town.history(ticket) == ["opened", *["escalated"] * (3 + 58)]
    assert len({(row["person_id"], row["idem_key"]) for row in rows}) == len(rows)

    # and who goes at last ends it: nobody is asked any more
    assert isinstance(await act_on_ticket(town.ctx, ticket, Event.TAKE, town.actor("dong"), now), Acted)
    before = len(await town.rows(notices))
    while now < THREE + 6 * HOUR:
        await work(town, channels, now)
        now = await next_moment(town, now)
    after = await town.rows(notices)
    assert {row["purpose"] for row in after if row["created_at"] > THREE + 5 * HOUR} <= {"overdue"}
    assert len(after) > before, "20 minutes later the desk hears that nobody arrived"
    assert [row["event"] for row in await town.rows(ticket_history, ticket_id=ticket)].count("take") == 1
