"""At the door: a fall that the third volunteer goes to, and a visitor of whom no more is heard. In virtual time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2
import pytest

from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.escalate import escalate
from ingest.channels.contract import OutgoingNotice
from ingest.domain.base.people import Role
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import ChannelEntry, PersonEntry, PlaceFile, PlanEntry
from ingest.store.tickets.tables import check_ins, flags, ticket_history, tickets
from ingest.web.base.site_context import SiteDeps
from ingest.web.site import make_site
from ingest.website import PARTS
from models.flag import FlagKind, Severity
from simulators.people.incidents import Incident, IncidentKind
from tests.ingest.timers import look_after
from tests.ingest.town import NOON, Remembering, Town
from tests.story.street import StandingClock, build_street

MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
"""Local midnight of 24 November 2026."""
FALLEN = MIDNIGHT + timedelta(hours=7.2)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
LOOK = 5 * SECOND
"""Between two looks of the worker."""


class Phones:
    """Everybody's phone: what came, and a thumb that opens the newest link and presses a button of its page."""

    def __init__(self, site: httpx2.AsyncClient) -> None:
        self.site = site
        self.sms = Remembering()
        self.voice = Remembering()

    @property
    def channels(self) -> dict[str, Remembering]:
        return {"sms": self.sms, "voice": self.voice}

    def of(self, address: str) -> list[OutgoingNotice]:
        return [notice for notice in self.sms.got if notice.address == address]

    async def press(self, address: str, event: str, **said: str) -> str:
        """Press a button and return the page that comes back."""
        link = self.of(address)[-1].link
        assert link is not None
        path = urlsplit(link).path
        page = (await self.site.get(path)).text
        form = re.search(rf'<form[^>]*id="do-{event}".*?</form>', page, re.DOTALL)
        assert form, f"no button {event}"
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form.group(0)))
        answer = await self.site.post(path, data={**hidden, **said})
        assert answer.status_code == 303, answer.text
        return (await self.site.get(answer.headers["location"])).text


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(NOON)


@pytest.fixture
async def phones(town: Town, clock: StandingClock) -> AsyncIterator[Phones]:
    site = make_site(SiteDeps(town.ctx, lambda: clock.at, ZoneInfo("Asia/Shanghai")), PARTS)
    transport = httpx2.ASGITransport(app=site)
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.test") as client:
        yield Phones(client)


THIRD = PersonEntry(
    id="wen",
    name="Wen",
    role=Role.VOLUNTEER,
    area="c1",
    language="en",
    channels=[ChannelEntry(kind="sms", address="+8613500000003")],
)


IN_TURN = PlanEntry(
    id="fall",
    area="com",
    severities=[Severity.URGENT, Severity.CRITICAL],
    steps=[
        {"level": "compound", "to": "volunteers", "in_turn": True, "answer_s": 120},
        {"level": "district", "to": "dispatchers", "answer_s": 300},
    ],
)


async def test_a_fall_is_found_and_the_third_volunteer_who_is_asked_goes(
    town: Town, clock: StandingClock, phones: Phones, tmp_path: Path
) -> None:
    await load_places(town.ctx, PlaceFile(people=[THIRD], plans=[IN_TURN]))
    fall = Incident(IncidentKind.FALL, FALLEN.timestamp(), (FALLEN + timedelta(hours=40)).timestamp(), leaves_on=True)
    street = build_street(town, tmp_path, dict(phones.channels), MIDNIGHT, {"h-1": [fall]})
    try:
        while not await town.rows(tickets, kind=FlagKind.INACTIVITY.value):
            assert street.clock.at < FALLEN + timedelta(hours=13), "nobody noticed"
            street.poll()
            await street.carry()
            street.clock.at += 5 * MINUTE
    finally:
        street.store.close()
    (ticket,) = await town.rows(tickets, kind=FlagKind.INACTIVITY.value)
    ticket_id = ticket["ticket_id"]
    (flag, *_) = await town.rows(flags, ticket_id=ticket_id)
    clock.at = opened = ticket["opened_at"]

    # volunteers of the compound are asked one after the other
    asked: list[tuple[str, timedelta]] = []
    said_no = False
    while clock.at < opened + 30 * MINUTE:
        await escalate(town.ctx, clock.at)
        await look_after(town.ctx, clock.at)
        seen = len(phones.sms.got)
        await deliver(town.ctx, phones.channels, clock.at)
        asked += [(notice.address, clock.at - opened) for notice in phones.sms.got[seen:]]
        if len(asked) == 2 and not said_no and clock.at == opened + 120 * SECOND + 45 * SECOND:
            page = await phones.press(asked[1][0], "decline")
            assert "Noted that you can&#39;t go." in page
            said_no = True
        if len(asked) == 3:
            break
        clock.at += LOOK
    first, second, last = asked
    # the first never answers: two minutes; the second says no after 45 s, and the third is asked at the next look
    assert (first[1], second[1]) == (timedelta(0), 120 * SECOND)
    assert last[1] == 165 * SECOND + LOOK
    assert len({address for address, _ in asked}) == 3
    assert all(flag["text_en"][:30] in notice.text for notice in phones.sms.got)

    clock.at += 20 * SECOND
    assert "How soon can you be there?" in await phones.press(last[0], "take")
    await phones.press(last[0], "eta", minutes="5")
    row = await town.ticket(ticket_id)
    assert (row["status"], row["eta_at"]) == ("taken", clock.at + 5 * MINUTE)
    clock.at += 5 * MINUTE
    await phones.press(last[0], "arrive")
    clock.at += MINUTE
    await phones.press(last[0], "inside")
    clock.at += 12 * MINUTE
    assert await look_after(town.ctx, clock.at) == 0
    await phones.press(last[0], "resolve", outcome="hospital", cause="fall", note="120 took her")
    row = await town.ticket(ticket_id)
    assert (row["status"], row["outcome"], row["cause"]) == ("resolved", "hospital", "fall")
    assert row["due_at"] > clock.at, "somebody still reviews it"
    assert await town.rows(check_ins) == []
    # nobody else was rung after the third had said yes
    assert await escalate(town.ctx, clock.at) == 0
    await deliver(town.ctx, phones.channels, clock.at)
    assert len(phones.sms.got) == 3


async def test_of_a_visitor_who_does_not_check_in_the_dispatcher_hears(
    town: Town, clock: StandingClock, phones: Phones
) -> None:
    ticket_id = await town.raise_flag()
    await deliver(town.ctx, phones.channels, clock.at)
    vera, ctx = "+8613800000000", {"+8613800000005", "+8613800000006"}
    clock.at += 20 * SECOND
    await phones.press(vera, "take")
    clock.at += 6 * MINUTE
    await phones.press(vera, "arrive")
    clock.at += MINUTE
    page = await phones.press(vera, "inside")
    assert "We&#39;ll ask at 12:27 whether all is well." in page
    inside = clock.at

    heard: list[tuple[timedelta, str]] = []
    well_said = False
    while clock.at < inside + 70 * MINUTE:
        await escalate(town.ctx, clock.at)
        await look_after(town.ctx, clock.at)
        seen = len(phones.sms.got)
        await deliver(town.ctx, phones.channels, clock.at)
        heard += [(clock.at - inside, notice.address) for notice in phones.sms.got[seen:]]
        if clock.at == inside + 20 * MINUTE + 30 * SECOND:
            # the first time she answers, half a minute after she was asked
            assert "Inside since" in await phones.press(vera, "all_well")
            well_said = True
        row = await town.ticket(ticket_id)
        assert row["due_at"] is not None
        if any(address in ctx for _, address in heard):
            break
        clock.at += LOOK
    assert well_said
    again = 20 * MINUTE + 30 * SECOND
    to_vera = [at for at, address in heard if address == vera]
    to_desk = {at for at, address in heard if address in ctx}
    # asked at 20 min; then, after "all well", at 20 and 21 min from there, and the desk is told at 22
    assert to_vera == [20 * MINUTE, again + 20 * MINUTE, again + 21 * MINUTE]
    assert to_desk == {again + 22 * MINUTE}
    assert {address for _, address in heard} == {vera, *ctx}
    assert all(notice.urgent for notice in phones.sms.got)
    missed = await town.rows(ticket_history, ticket_id=ticket_id, event="check_in_missed")
    assert [row["at"] - inside for row in missed] == [again + 22 * MINUTE]
    assert (await town.ticket(ticket_id))["status"] == "on_site", "it is still hers, and the desk rings her"

    # she comes out: the late word is taken, and the timer ends with the visit
    clock.at += 3 * MINUTE
    await phones.press(vera, "all_well")
    await phones.press(vera, "resolve", outcome="helped", cause="cooking")
    assert await town.rows(check_ins) == []
    assert (await town.ticket(ticket_id))["status"] == "resolved"
