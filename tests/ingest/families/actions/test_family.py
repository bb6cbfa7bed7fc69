"""The family is told what was agreed, once, in plain words, by the contact's own channels, until it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import RowMapping, insert, select, update

from ingest.actions.base.retention import Retention
from ingest.actions.ledger.record_absence import Written, end_away, record_absence
from ingest.channels.contract import Rejected, Unreachable
from ingest.domain.base.people import Actor
from ingest.domain.ledger.absence import Told, Way
from ingest.families.actions.deliver_family_messages import deliver_family_messages
from ingest.families.actions.family_consent import Consented, Wish, end_consent, give_consent
from ingest.families.actions.write_family_messages import look_after_family
from ingest.families.domain.family import Agreed, FamilyFault
from ingest.families.store.tables import family_consents, family_letters
from ingest.store.tickets.tables import tickets
from tests.ingest.kinsfolk import DAUGHTER, RESIDENT, SON, gateway_says, move_in
from tests.ingest.timers import prune
from tests.ingest.town import Remembering, Town

SUNRISE = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""04:00 of Tuesday the 24th in Shanghai: from here on a sign of life is this morning's."""
EVERYTHING = Agreed(updates=True, morning=True, may_tell_away=True, morning_by=time(9, 30))
MORNING = replace(EVERYTHING, updates=False)
WISH = Wish(DAUGHTER, MORNING, "张桂英", Way.IN_PERSON)


def local(hour: int, minute: int = 0) -> datetime:
    """An hour of that Tuesday, as the home's clock shows it."""
    return SUNRISE + timedelta(hours=hour - 4, minutes=minute)


class Post:
    """The family's letter box: time passes minute by minute, letters are written and sent."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.sms, self.voice = Remembering(), Remembering()

    async def pass_time(self, since: datetime, until: datetime, step_s: int = 900) -> None:
        at = since
        while at <= until:
            await look_after_family(self.town.ctx, at)
            await deliver_family_messages(self.town.ctx, {"sms": self.sms, "voice": self.voice}, at)
            at += timedelta(seconds=step_s)

    def texts(self) -> list[str]:
        return [one.text for one in self.sms.got]

    async def letters(self) -> Sequence[RowMapping]:
        async with self.town.ctx.db.read() as connection:
            query = select(family_letters).order_by(family_letters.c.created_at, family_letters.c.position)
            return (await connection.execute(query)).mappings().all()


@pytest.fixture
async def post(town: Town) -> Post:
    await move_in(town)
    return Post(town)


async def agree(post: Post, agreed: Agreed = MORNING, at: datetime = SUNRISE) -> str:
    wish = replace(WISH, agreed=agreed)
    result = await give_consent(post.town.ctx, "h-1", wish, post.town.actor("sun"), at)
    assert isinstance(result, Consented)
    return result.consent_id


async def test_the_first_sign_of_the_morning_is_told_once(post: Post) -> None:
    await agree(post)
    # awake at three: that was still the night
    await gateway_says(post.town, local(6), local(3))
    await post.pass_time(local(4), local(6, 20))
    assert post.texts() == []
    await gateway_says(post.town, local(6, 40), local(6, 35))
    await post.pass_time(local(6, 40), local(12))
    assert post.texts() == ["1-1今早已经起来活动了。"]
    assert post.sms.got[0].address == "+8613900000001"


async def test_not_yet_comes_at_the_agreed_hour_and_is_followed_by_up_at_last(post: Post) -> None:
    await agree(post)
    await gateway_says(post.town, local(9, 29), local(0))
    await post.pass_time(local(7), local(9, 29))
    assert post.texts() == []
    await post.pass_time(local(9, 30), local(9, 50))
    assert len(post.texts()) == 1
    assert post.texts()[0].startswith("1-1今早到09:30还没有活动迹象。这不是报警")
    await gateway_says(post.town, local(10, 15), local(10, 12))
    await post.pass_time(local(10, 15), local(13))
    assert post.texts()[1:] == ["1-1现在有活动迹象了，请放心。"]


async def test_a_home_that_can_not_be_watched_is_not_called_asleep(post: Post) -> None:
    await agree(post)
    await gateway_says(post.town, local(9, 20), local(0), blind=True)
    await post.pass_time(local(9, 20), local(9, 40))
    assert "没有数据" in post.texts()[0]
    # the gateway itself silent since yesterday: nobody knows either
    await gateway_says(post.town, local(9) - timedelta(days=1), local(9) - timedelta(days=1))
    await post.pass_time(local(9) + timedelta(days=1), local(9, 40) + timedelta(days=1))
    assert ["没有数据" in text for text in post.texts()] == [True, True]


async def test_nothing_is_said_while_the_resident_is_away(post: Post) -> None:
    await agree(post)
    told = Told(local(4), local(20), "李娟", Way.PHONE)
    assert isinstance(await record_absence(post.town.ctx, "h-1", told, post.town.actor("sun"), local(4)), Written)
    await gateway_says(post.town, local(9, 20), local(0) - timedelta(days=1))
    await post.pass_time(local(9), local(19))
    assert post.texts() == []


async def test_a_week_of_mornings_is_a_word_a_day(post: Post) -> None:
    await agree(post)
    for day in range(7):
        shift = timedelta(days=day)
        await gateway_says(post.town, local(7) + shift, local(6, 55) + shift)
        await post.pass_time(local(4) + shift, local(23, 50) + shift, step_s=10_800)
    assert len(post.texts()) == 7


async def test_what_a_second_worker_looks_at_is_written_once(post: Post) -> None:
    consent_id = await agree(post)
    await gateway_says(post.town, local(7), local(6, 50))
    await look_after_family(post.town.ctx, local(7))
    async with post.town.ctx.db.write() as connection:
        # a worker that died between the letter and its own note
        await connection.execute(
            update(family_consents)
            .where(family_consents.c.consent_id == consent_id)
            .values(look_at=local(7), said=None, said_on=None)
        )
    await look_after_family(post.town.ctx, local(7, 1))
    assert len(await post.letters()) == 1


async def test_a_channel_that_refuses_is_followed_by_the_next_one(post: Post) -> None:
    await agree(post)
    await gateway_says(post.town, local(7), local(6, 50))
    post.sms.answers = [Rejected("no such number")]
    await post.pass_time(local(7), local(7, 2), step_s=60)
    assert [len(post.sms.got), len(post.voice.got)] == [1, 1]
    assert [(row["channel"], row["status"]) for row in await post.letters()] == [
        ("sms", "rejected"),
        ("voice", "delivered"),
    ]


async def test_a_vendor_that_is_down_all_morning_tells_no_stale_news(post: Post) -> None:
    await agree(post)
    post.sms.answers = [Unreachable("down")] * 1000
    post.voice.answers = [Unreachable("down")] * 1000
    await gateway_says(post.town, local(7), local(6, 50))
    await post.pass_time(local(7), local(10))
    rows = await post.letters()
    assert rows[-1]["status"] == "cancelled"
    post.sms.answers, post.voice.answers, before = [], [], len(post.sms.got) + len(post.voice.got)
    await post.pass_time(local(10, 1), local(12))
    assert len(post.sms.got) + len(post.voice.got) == before


async def test_not_yet_is_not_sent_once_the_resident_is_up(post: Post) -> None:
    await agree(post)
    await gateway_says(post.town, local(9, 25), local(0))
    post.sms.answers = [Unreachable("down")]
    await post.pass_time(local(9, 30), local(9, 30))
    await gateway_says(post.town, local(9, 31), local(9, 30))
    await look_after_family(post.town.ctx, local(9, 31))
    await deliver_family_messages(post.town.ctx, {"sms": post.sms, "voice": post.voice}, local(9, 32))
    assert [text[:8] for text in post.texts()] == ["1-1今早到09", "1-1现在有活动"]
    assert sorted(row["status"] for row in await post.letters()) == ["cancelled", "delivered"]


async def test_what_was_taken_back_is_not_told_any_more(post: Post) -> None:
    consent_id = await agree(post)
    await gateway_says(post.town, local(7), local(6, 50))
    await look_after_family(post.town.ctx, local(7))
    resident = Actor(RESIDENT, None, "")
    assert await end_consent(post.town.ctx, "h-1", consent_id, resident, local(7, 1)) is None
    await post.pass_time(local(7, 1), local(13))
    assert post.texts() == []
    assert await end_consent(post.town.ctx, "h-1", consent_id, resident, local(8)) is FamilyFault.OVER


async def test_old_letters_are_forgotten_and_waiting_ones_are_not(post: Post) -> None:
    await agree(post)
    await gateway_says(post.town, local(7), local(6, 50))
    await look_after_family(post.town.ctx, local(7))
    keep = Retention(notices=timedelta(days=30))
    await prune(post.town.ctx, keep, local(7) + timedelta(days=31))
    assert len(await post.letters()) == 1
    await post.pass_time(local(7), local(7))
    await prune(post.town.ctx, keep, local(7) + timedelta(days=29))
    assert len(await post.letters()) == 1
    await prune(post.town.ctx, keep, local(7) + timedelta(days=31))
    assert await post.letters() == []


async def test_a_change_ends_what_was_agreed_before(post: Post) -> None:
    await agree(post)
    await agree(post, replace(MORNING, morning_by=time(8)), local(5))
    await gateway_says(post.town, local(7, 50), local(0))
    await post.pass_time(local(5), local(9, 40))
    assert len(post.texts()) == 1
    assert "08:00" in post.texts()[0]


async def resolved(post: Post, outcome: str, at: datetime, name: str) -> None:
    """Let an urgent ticket about the home have been resolved."""
    row = {
        "ticket_id": name, "home_id": "h-1", "area_id": "c1", "kind": "inactivity", "severity": "urgent",
        "status": "closed", "condition": "cleared", "text_zh": "", "text_en": "", "since": at, "plan_json": {},
        "step": 0, "opened_at": at - timedelta(minutes=30), "resolved_at": at, "outcome": outcome, "version": 1,
    }  # fmt: skip
    async with post.town.ctx.db.write() as connection:
        await connection.execute(insert(tickets).values(row))


async def test_what_happened_is_told_in_plain_words_and_the_hard_news_by_a_person(post: Post) -> None:
    await agree(post, replace(EVERYTHING, morning=False, morning_by=None))
    await resolved(post, "helped", local(10), "t-1")
    await resolved(post, "hospital", local(11), "t-2")
    await resolved(post, "died", local(11, 1), "t-3")
    await post.pass_time(local(10, 5), local(13))
    assert post.texts() == ["1-1家刚才有情况，已有人到场帮忙，现在没事了。"]


async def test_nobody_is_told_of_what_was_before_they_were_let_in_on_it(post: Post) -> None:
    await resolved(post, "helped", local(10), "t-1")
    await agree(post, replace(EVERYTHING, morning=False, morning_by=None), local(10, 1))
    await post.pass_time(local(10, 1), local(12))
    assert post.texts() == []


async def test_there_are_never_more_updates_a_day_than_agreed(post: Post) -> None:
    await agree(post, replace(EVERYTHING, morning=False, morning_by=None))
    for number in range(5):
        await resolved(post, "habit", local(9, number), f"t-{number}")
    await post.pass_time(local(9, 5), local(20))
    assert len(post.texts()) == 3


async def test_sunday_evening_says_how_the_week_was(post: Post) -> None:
    await agree(post, replace(EVERYTHING, morning=False, morning_by=None))
    sunday = timedelta(days=5)
    await post.pass_time(local(9) + sunday, local(17, 59) + sunday)
    assert post.texts() == []
    await post.pass_time(local(18) + sunday, local(23) + sunday)
    assert post.texts() == ["1-1这一周：没有需要上门查看的情况。"]


async def test_what_is_no_consent_is_not_written_down(post: Post) -> None:
    for wish, actor, fault in (
        (replace(WISH, given_by=" "), "sun", FamilyFault.NOBODY_SAID),
        (replace(WISH, agreed=Agreed(False, False, False)), "sun", FamilyFault.NOTHING_AGREED),
        (replace(WISH, agreed=replace(MORNING, morning_by=None)), "sun", FamilyFault.BAD_HOUR),
        (replace(WISH, agreed=replace(MORNING, morning_by=time(4, 59))), "sun", FamilyFault.BAD_HOUR),
        (replace(WISH, agreed=replace(MORNING, morning_by=time(13, 1))), "sun", FamilyFault.BAD_HOUR),
        (replace(WISH, contact_id=RESIDENT), "sun", FamilyFault.UNKNOWN_CONTACT),
        (WISH, "vera", FamilyFault.NOT_ALLOWED),
        (WISH, "other", FamilyFault.UNKNOWN_HOME),
    ):
        assert await give_consent(post.town.ctx, "h-1", wish, post.town.actor(actor), local(5)) is fault
    assert await post.town.count(family_consents) == 0


async def test_somebody_without_a_channel_hears_nothing_and_stops_nobody(post: Post) -> None:
    await give_consent(post.town.ctx, "h-1", replace(WISH, contact_id=SON), post.town.actor("sun"), local(4))
    await agree(post)
    await gateway_says(post.town, local(7), local(6, 50))
    await post.pass_time(local(7), local(7, 2), step_s=60)
    assert len(post.texts()) == 1


async def test_a_contact_tells_an_absence_of_their_own_home_alone(post: Post) -> None:
    daughter, told = Actor(DAUGHTER, None, ""), Told(local(8), local(20), "李娟", Way.LINK)
    result = await record_absence(post.town.ctx, "h-1", told, daughter, local(8))
    assert isinstance(result, Written)
    assert isinstance(await end_away(post.town.ctx, result.entry_id, daughter, local(9)), Written)
    assert not isinstance(await record_absence(post.town.ctx, "h-2", told, daughter, local(8)), Written)
    stranger = Actor("vera", None, "")
    assert not isinstance(await record_absence(post.town.ctx, "h-1", told, stranger, local(8)), Written)


async def test_a_letter_carries_the_contact_s_own_link_and_no_figure_of_use(post: Post) -> None:
    await agree(post)
    await gateway_says(post.town, local(7), local(6, 50))
    await post.pass_time(local(7), local(7))
    letter = post.sms.got[-1]
    assert letter.link is not None
    assert letter.link.startswith("http://console.test/home/")
    assert not letter.urgent
    assert "6:50" not in letter.text
