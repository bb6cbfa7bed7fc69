"""The cloud comes back: what a gateway told people itself is in the ticket, and nobody is sent for a second time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.actions.incoming.accept_envelopes import Accepted
from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.escalate import escalate
from ingest.domain.tickets.ticket import Event
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import local_tellings, ticket_history, tickets
from models.flag import FlagKind
from models.wire.messages import LocalTelling, ReceiptStatus, ToldLocally
from tests.ingest.town import NOON, Remembering, Town, flag

ALARM = NOON - timedelta(minutes=10)


def told(*people: str, goes: str = "", at: datetime = ALARM, home: str = "h-1", episode: str = "e-1") -> ToldLocally:
    tellings = [LocalTelling("modem", person, at) for person in people]
    return ToldLocally(episode, home, FlagKind.SMOKE, tellings, goes, at if goes else None)


@pytest.mark.parametrize("order", ["before", "after", "one batch"])
async def test_who_was_told_on_the_spot_is_not_asked_again_and_the_others_are(town: Town, order: str) -> None:
    about, alarm = town.sealed(told("vera")), town.sealed(flag(at=ALARM))
    for batch in {"before": [[about], [alarm]], "after": [[alarm], [about]], "one batch": [[about, alarm]]}[order]:
        answers = await town.take(*batch)
        assert all(isinstance(one, Accepted) and one.line.status is ReceiptStatus.STORED for one in answers)
    (ticket,) = await town.rows(tickets)
    channel = Remembering()
    await deliver(town.ctx, {"sms": channel, "voice": channel}, NOON)
    assert await town.told(ticket["ticket_id"]) == {"viktor"}
    rows = await town.rows(ticket_history, ticket_id=ticket["ticket_id"], event="told_locally")
    assert [row["detail_json"]["told"] for row in rows] == [[["modem", "vera", "11:50"]]]


async def test_nobody_answering_the_alarm_goes_up_as_ever(town: Town) -> None:
    await town.take(town.sealed(told("vera", "viktor")), town.sealed(flag(at=ALARM)))
    (ticket,) = await town.rows(tickets)
    assert await town.told(ticket["ticket_id"]) == set()
    await escalate(town.ctx, NOON + timedelta(seconds=61))
    assert await town.told(ticket["ticket_id"]) == {"sun"}


async def test_who_answered_the_gateway_has_the_ticket_and_nobody_else_is_sent(town: Town) -> None:
    await town.take(town.sealed(told("vera", "viktor", goes="viktor")), town.sealed(flag(at=ALARM)))
    (ticket,) = await town.rows(tickets)
    assert (ticket["status"], ticket["taken_by"]) == ("taken", "viktor")
    assert await town.told(ticket["ticket_id"]) == set()
    assert await town.history(ticket["ticket_id"]) == ["opened", "told_locally", "take"]
    await escalate(town.ctx, NOON + timedelta(seconds=120))
    assert await town.told(ticket["ticket_id"]) == set(), "somebody is on the way; their own deadline runs"


async def test_an_answer_that_comes_later_takes_the_ticket_unless_somebody_has_it(town: Town) -> None:
    await town.take(town.sealed(flag(at=ALARM)), town.sealed(told("vera")))
    await town.take(town.sealed(told("vera", goes="vera")))
    (ticket,) = await town.rows(tickets)
    assert ticket["taken_by"] == "vera"
    await town.raise_flag(episode="e-2", home="h-2")
    (second,) = await town.rows(tickets, home_id="h-2")
    await act_on_ticket(town.ctx, second["ticket_id"], Event.TAKE, town.actor("viktor"), NOON)
    await town.take(town.sealed(told("vera", goes="vera", home="h-2", episode="e-2")))
    (second,) = await town.rows(tickets, home_id="h-2")
    assert second["taken_by"] == "viktor"


async def test_who_was_told_yesterday_is_asked_again(town: Town) -> None:
    await town.take(town.sealed(told("vera", at=NOON - timedelta(hours=2))), town.sealed(flag(at=ALARM)))
    (ticket,) = await town.rows(tickets)
    assert await town.told(ticket["ticket_id"]) == {"vera", "viktor"}


async def test_repeats_and_older_words_change_nothing(town: Town) -> None:
    await town.take(town.sealed(flag(at=ALARM)), town.sealed(told("vera", "viktor")))
    (ticket,) = await town.rows(tickets)
    before = await town.history(ticket["ticket_id"])
    await town.take(town.sealed(told("vera")), town.sealed(told("vera", "viktor")))
    assert await town.history(ticket["ticket_id"]) == before
    assert await town.count(local_tellings) == 1


BAD: dict[str, Any] = {
    "an episode of nothing": {"episode": ""},
    "a zero byte": {"accepted_by": "a\x00"},
    "too many": {"tellings": [{"way": "modem", "person": "x", "at": "2026-11-24T03:00:00Z"}] * 101},
    "no zone": {"tellings": [{"way": "modem", "person": "x", "at": "2026-11-24T03:00:00"}]},
    "the end of time": {"tellings": [{"way": "modem", "person": "x", "at": "9999-12-31T00:00:00Z"}]},
    "no list": {"tellings": "vera"},
}


@pytest.mark.parametrize("case", BAD)
async def test_what_can_not_be_kept_is_refused_and_the_flag_beside_it_is_taken(town: Town, case: str) -> None:
    body = {"episode": "e-1", "home": "h-1", "kind": "smoke", "tellings": [], **BAD[case]}
    odd, good = await town.take(town.sealed(body, kind="told_locally"), town.sealed(flag()))
    assert isinstance(odd, Accepted)
    assert odd.line.status is ReceiptStatus.REFUSED
    assert isinstance(good, Accepted)
    assert await town.count(tickets) == 1


async def test_a_gateway_speaks_only_of_its_own_homes(town: Town) -> None:
    (answer,) = await town.take(town.sealed(told("vera", home="k-1")))
    assert isinstance(answer, Accepted)
    assert answer.line.status is ReceiptStatus.REFUSED
    assert await town.count(local_tellings) == 0
    assert await town.count(notices) == 0
