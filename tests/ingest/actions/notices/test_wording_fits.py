"""What people write is as long as they like; what leaves as a text message is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.actions.notices.wording import NEWS, words_for_home, words_of
from ingest.actions.tickets.open_ticket import Opened, open_ticket
from ingest.channels.texts import MOST_SMS_PARTS, sms_parts
from ingest.domain.base.people import Kind
from ingest.domain.duty.calling import Purpose
from models.flag import FlagKind, Severity
from tests.ingest.town import NOON, Town

LINK = "http://console.test/go/" + "x" * 90


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_long_story_is_cut_and_place_and_link_never_are(town: Town, language: str) -> None:
    opened = await open_ticket(town.ctx, "h-1", Severity.URGENT, "邻居说" * 300, actor=town.actor("dong"), now=NOON)
    assert isinstance(opened, Opened)
    ticket = replace(opened.ticket, text_en="The neighbour says. " * 60)
    _, text = words_of(ticket, Purpose.ASKED, "一小区三幢", language, LINK)
    assert sms_parts(text) <= MOST_SMS_PARTS
    assert text.startswith("一小区三幢")
    assert text.endswith(LINK)
    for kind in (Kind.RESIDENT, Kind.CONTACT):
        _, said = words_for_home(ticket, kind, "一小区三幢", language)
        assert sms_parts(said) <= MOST_SMS_PARTS
        assert "120" in said


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_notices_of_every_purpose_and_kind_fit_and_keep_place_and_link(town: Town, language: str) -> None:
    opened = await open_ticket(town.ctx, "h-1", Severity.URGENT, "邻居说" * 300, actor=town.actor("dong"), now=NOON)
    assert isinstance(opened, Opened)
    for purpose in set(Purpose) - {Purpose.CHANGED}:
        for kind in (opened.ticket.kind, *FlagKind):
            ticket = replace(opened.ticket, kind=kind, text_en="The neighbour says. " * 60, step=2)
            title, text = words_of(ticket, purpose, "一小区三幢", language, LINK)
            assert sms_parts(text) <= MOST_SMS_PARTS, (purpose, kind)
            assert "一小区三幢" in title
            assert "一小区三幢" in text
            assert text.endswith(LINK)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_all_that_a_follower_hears_is_short_and_leads_to_the_ticket(town: Town, language: str) -> None:
    opened = await open_ticket(town.ctx, "h-1", Severity.URGENT, "邻居说", actor=town.actor("dong"), now=NOON)
    assert isinstance(opened, Opened)
    texts = [
        words_of(opened.ticket, Purpose.CHANGED, "一小区三幢", language, LINK, news=news)[1] for news in sorted(NEWS)
    ]
    assert len(set(texts)) >= len(NEWS)
    assert all(text.startswith("一小区三幢") and text.endswith(LINK) for text in texts)
    assert max(map(sms_parts, texts)) <= MOST_SMS_PARTS
