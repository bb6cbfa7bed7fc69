"""What looks normal again: one person is asked to make sure, in words that say so, and nobody is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ingest.actions.tickets.escalate import escalate
from ingest.domain.tickets.deadlines import MAKE_SURE_AFTER
from ingest.store.notices.tables import notices
from models.flag import FlagEvent, FlagKind, Severity
from tests.ingest.town import Town

SILENCE: dict[str, Any] = {
    "kind": FlagKind.INACTIVITY,
    "severity": Severity.URGENT,
    "text_zh": "自 08:00 起没有人活动的迹象。",
    "text_en": "No sign of anybody since 08:00.",
}


async def asked_at_each_deadline(town: Town, ticket_id: str, times: int) -> list[list[str]]:
    asked = []
    for _ in range(times):
        due = (await town.ticket(ticket_id))["due_at"]
        assert await escalate(town.ctx, due) == 1
        rows = await town.rows(notices, ticket_id=ticket_id, created_at=due)
        asked.append(sorted(row["person_id"] for row in rows))
    return asked


async def test_after_a_sign_of_life_the_plan_stops_climbing_and_asks_one_person_at_a_time(town: Town) -> None:
    ticket_id = await town.raise_flag(**SILENCE)
    await town.raise_flag(**SILENCE, event=FlagEvent.CLEARED, number=1)
    before = (await town.ticket(ticket_id))["due_at"]
    asked = await asked_at_each_deadline(town, ticket_id, 2)
    assert [len(people) for people in asked] == [1, 1]
    assert set(asked[0]) | set(asked[1]) == {"vera", "viktor"}
    assert (await town.ticket(ticket_id))["due_at"] - before >= 2 * MAKE_SURE_AFTER
    told = [row["text"] for row in await town.rows(notices, ticket_id=ticket_id) if row["created_at"] >= before]
    assert told
    assert all("恢复正常" in text or "normal again" in text for text in told)


async def test_who_does_not_make_sure_is_followed_by_the_next_level(town: Town) -> None:
    ticket_id = await town.raise_flag(**SILENCE)
    await town.raise_flag(**SILENCE, event=FlagEvent.CLEARED, number=1)
    asked = await asked_at_each_deadline(town, ticket_id, 5)
    assert {"sun"} in [set(people) for people in asked]


async def test_a_fire_that_is_quiet_again_goes_up_as_ever(town: Town) -> None:
    smoke: dict[str, Any] = {"kind": FlagKind.SMOKE, "severity": Severity.CRITICAL}
    ticket_id = await town.raise_flag(**smoke)
    first = await town.ticket(ticket_id)
    await town.raise_flag(**smoke, event=FlagEvent.CLEARED, number=1)
    asked = await asked_at_each_deadline(town, ticket_id, 1)
    after = await town.ticket(ticket_id)
    assert asked[0]
    assert (after["due_at"] - first["due_at"]) < timedelta(minutes=20)
    assert after["step"] > first["step"]
