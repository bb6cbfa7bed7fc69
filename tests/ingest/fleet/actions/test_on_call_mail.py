"""Gateways that can call people themselves are told who is on call near them, for days ahead; the others are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from ingest.actions.duty.change_roster import override_roster
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.intake.downlink import Downlink
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import PlaceFile, RosterEntry
from ingest.store.base.tables import people, person_channels
from models.wire.codec import decode, read_body
from models.wire.messages import Heartbeat, MessageKind, OnCallChanged
from models.wire.seal import Direction, derive_key, unseal
from tests.ingest.town import MASTER, NOON, PEOPLE, Town

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
"""In Shanghai, at the beginning of NOON's day."""
HALF_DAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""The one that NOON lies in."""
NUMBER = {name: f"+86138{number:08}" for number, name in enumerate(PEOPLE)}


def roster(area: str, *turns: list[str], **more: object) -> PlaceFile:
    rotation = {"starts": "2026-11-23", "at": "00:00", "every_days": 1, "turns": list(turns), **more}
    return PlaceFile(rosters=[RosterEntry(id=f"{area}-roster", area=area, name="值班", rotations=[rotation])])


async def beat(town: Town, on_call: str | None, at: datetime = NOON) -> None:
    body = Heartbeat("1", NOON, 60, 0, 0.0, clock_trusted=True, on_call=on_call)
    await town.take(town.sealed(body, sent_at=at), now=at)


async def told(town: Town, at: datetime = NOON) -> OnCallChanged | None:
    """Whom the gateway is told to be on call, when the way down works."""
    got: list[tuple[str, bytes]] = []
    await Downlink(town.ctx, ReceiptWriter(town.ctx.keys), lambda *one: got.append(one), lambda: at).send_due()
    found = []
    for gateway, sealed in got:
        key = derive_key(MASTER, gateway)
        _, data = unseal(lambda _, key=key: key, Direction.DOWN, sealed)  # type: ignore[misc]
        envelope = decode(data)
        if envelope.kind == MessageKind.ON_CALL_CHANGED:
            assert gateway == "gw-1"
            found.append(read_body(envelope, OnCallChanged))
    assert len(found) <= 1
    return found[0] if found else None


def names(body: OnCallChanged | None) -> list[tuple[str, datetime]]:
    assert body is not None
    return [(one.person, one.since) for one in body.shifts]


async def test_a_gateway_that_can_call_is_told_three_days_of_its_compounds_roster_until_it_has_it(town: Town) -> None:
    await load_places(town.ctx, roster("c1", ["vera"], ["viktor"]))
    await beat(town, "")
    body = await told(town)
    assert names(body) == [
        ("vera", HALF_DAY),
        ("viktor", MIDNIGHT + DAY),
        ("vera", MIDNIGHT + 2 * DAY),
        ("viktor", MIDNIGHT + 3 * DAY),
    ]
    assert body is not None
    assert [one.phone for one in body.shifts[:2]] == [NUMBER["vera"], NUMBER["viktor"]]
    assert body.valid_until == body.shifts[-1].until == HALF_DAY + 3 * DAY
    assert "+86" not in repr(body), "a number is in no log"
    assert await told(town) is None, "not again at once"
    assert await told(town, NOON + MINUTE) == body, "but while it is not confirmed"
    await beat(town, body.revision, NOON + 2 * MINUTE)
    assert await told(town, NOON + HOUR) is None


async def test_it_is_told_anew_when_the_roster_changes_and_each_half_day(town: Town) -> None:
    await load_places(town.ctx, roster("c1", ["vera"], ["viktor"]))
    await beat(town, "")
    first = await told(town)
    assert first is not None
    await beat(town, first.revision, NOON + MINUTE)
    assert await told(town, NOON + MINUTE) is None
    evening = (NOON + HOUR, NOON + 3 * HOUR)
    await override_roster(
        town.ctx, "c1-roster", evening, person="viktor", replaces="vera", actor=town.actor("dong"), now=NOON
    )
    await beat(town, first.revision, NOON + 2 * MINUTE)
    changed = await told(town, NOON + 2 * MINUTE)
    assert names(changed)[:3] == [("vera", HALF_DAY), ("viktor", evening[0]), ("vera", evening[1])]
    assert changed is not None
    later = NOON + 9 * HOUR
    await beat(town, changed.revision, later)
    assert await told(town, later) is not None
    assert later >= HALF_DAY + DAY / 2


async def test_a_gateway_that_can_call_nobody_is_told_no_numbers(town: Town) -> None:
    await load_places(town.ctx, roster("c1", ["vera"]))
    await beat(town, None)
    assert await told(town) is None


async def test_without_a_roster_there_is_nothing_to_tell(town: Town) -> None:
    await beat(town, "")
    assert await told(town) is None


async def test_the_next_area_upwards_is_asked_where_the_compound_has_nobody_with_a_number(town: Town) -> None:
    await load_places(town.ctx, roster("c1", ["vera"], ["viktor"]))
    await load_places(town.ctx, roster("com", ["sun"]))
    async with town.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.person_id == "vera").values(active=False))
        await connection.execute(person_channels.delete().where(person_channels.c.person_id == "viktor"))
    await beat(town, "")
    body = await told(town)
    assert {person for person, _ in names(body)} == {"sun"}


async def test_in_hours_that_the_compound_leaves_empty_the_next_areas_upwards_are_written_to(town: Town) -> None:
    by_day = [{"days": "every_day", "from": "08:00", "to": "20:00"}]
    till_eleven = [{"days": "every_day", "from": "00:00", "to": "23:00"}]
    await load_places(town.ctx, roster("c1", ["vera"], windows=by_day))
    await load_places(town.ctx, roster("com", ["sun"], windows=till_eleven))
    await load_places(town.ctx, roster("hs", ["ding"]))
    await beat(town, "")
    body = await told(town)
    assert body is not None
    hours = [("vera", 0, 12), ("sun", 12, 15), ("ding", 15, 16), ("sun", 16, 24)]
    assert [(one.person, one.since - HALF_DAY, one.until - HALF_DAY) for one in body.shifts] == [
        (person, day * DAY + start * HOUR, day * DAY + end * HOUR) for day in range(3) for person, start, end in hours
    ]


async def test_when_a_roster_is_taken_away_the_gateway_is_told_that_there_is_nobody(town: Town) -> None:
    await load_places(town.ctx, roster("c1", ["vera"]))
    await beat(town, "")
    first = await told(town)
    assert first is not None
    await beat(town, first.revision, NOON + MINUTE)
    async with town.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.person_id == "vera").values(active=False))
    await beat(town, first.revision, NOON + 2 * MINUTE)
    last = await told(town, NOON + 2 * MINUTE)
    assert last is not None
    assert (last.revision, last.shifts) == ("", [])
    await beat(town, "", NOON + 3 * MINUTE)
    assert await told(town, NOON + HOUR) is None
