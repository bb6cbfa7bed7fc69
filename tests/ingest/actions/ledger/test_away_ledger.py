"""The away ledger: who may tell what, the way down to a gateway that may be offline, and an overdue return."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.actions.ledger.record_absence import Written, change_away, end_away, record_absence, revoke_away
from ingest.domain.ledger.absence import AWAY_OVERDUE, GRACE, MOST_PER_HOME, OPEN_ENDED, AbsenceFault, Told, Way
from ingest.fleet.actions.send_gateway_messages import lease_gateway_messages
from ingest.intake.downlink import Downlink
from ingest.store.base.tables import audit_log
from ingest.store.ledger.tables import away, ledger_mail
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.wire.codec import decode, read_body
from models.wire.messages import AwayChanged, Heartbeat, HomeWatchState
from models.wire.seal import Direction, derive_key, unseal
from tests.ingest.timers import look_after
from tests.ingest.town import MASTER, NOON, Town

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def told(until: datetime | None = NOON + DAY, since: datetime = NOON, by: str = "daughter") -> Told:
    return Told(since, until, by, Way.PHONE)


def beat(ledger: str = "", last_sign: datetime | None = None, home: str = "h-1") -> Heartbeat:
    return Heartbeat(
        "1",
        NOON,
        interval_s=60,
        outbox_waiting=0,
        outbox_oldest_s=0,
        clock_trusted=True,
        homes=[HomeWatchState(home, blind=False, last_sign=last_sign)],
        ledger=ledger,
    )


async def written(town: Town, home: str = "h-1", **changes: datetime | None) -> Written:
    result = await record_absence(town.ctx, home, told(**changes), town.actor("dong"), NOON)  # type: ignore[arg-type]
    assert isinstance(result, Written)
    return result


async def letters(town: Town, at: datetime) -> list[AwayChanged]:
    """What a gateway gets when the way down works."""
    got: list[tuple[str, bytes]] = []
    down = Downlink(town.ctx, ReceiptWriter(town.ctx.keys), lambda *one: got.append(one), lambda: at)
    await down.send_due()
    bodies = []
    for gateway, sealed in got:
        key = derive_key(MASTER, gateway)
        _, data = unseal(
            lambda name, key=key, gateway=gateway: key if name == gateway else None, Direction.DOWN, sealed
        )  # type: ignore[misc]
        bodies.append(read_body(decode(data), AwayChanged))
    return bodies


async def test_an_absence_says_who_told_it_by_which_way_and_until_when(town: Town) -> None:
    entry = await written(town)
    (row,) = await town.rows(away)
    assert (row["said_by"], row["way"], row["since"], row["until"]) == ("daughter", "phone", NOON, NOON + DAY)
    assert (row["recorded_by"], row["check_at"]) == ("dong", NOON + DAY + GRACE)
    (log,) = await town.rows(audit_log, event="away_told")
    assert (log["actor"], log["subject"], log["detail_json"]) == ("dong", "h-1", {"entry_id": entry.entry_id})


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (told(by="  "), AbsenceFault.NOBODY_SAID),
        (told(by="x" * 101), AbsenceFault.NOBODY_SAID),
        (told(NOON - HOUR), AbsenceFault.ENDS_FIRST),
        (told(NOON, NOON - DAY), AbsenceFault.ENDS_IN_PAST),
        (told(NOON + 181 * DAY), AbsenceFault.TOO_LONG),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(town: Town, said: Told, fault: AbsenceFault) -> None:
    assert await record_absence(town.ctx, "h-1", said, town.actor("dong"), NOON) is fault
    assert await town.count(away) == 0


@pytest.mark.parametrize(
    ("who", "home", "fault"),
    [
        ("other", "h-1", AbsenceFault.UNKNOWN_HOME),
        ("dong", "h-99", AbsenceFault.UNKNOWN_HOME),
        ("vera", "h-1", AbsenceFault.NOT_ALLOWED),
    ],
)
async def test_only_who_answers_for_a_home_may_tell(town: Town, who: str, home: str, fault: AbsenceFault) -> None:
    assert await record_absence(town.ctx, home, told(), town.actor(who), NOON) is fault


async def test_a_home_has_a_bounded_number_of_absences(town: Town) -> None:
    for _ in range(MOST_PER_HOME):
        await written(town)
    assert await record_absence(town.ctx, "h-1", told(), town.actor("dong"), NOON) is AbsenceFault.TOO_MANY


async def test_the_ledger_goes_down_again_and_again_until_the_gateway_names_its_revision(town: Town) -> None:
    await written(town)
    (first,) = await letters(town, NOON)
    (entry,) = first.entries
    assert (entry.home, entry.since, entry.until, entry.revoked) == ("h-1", NOON, NOON + DAY, False)
    assert await letters(town, NOON + timedelta(seconds=14)) == []
    (again,) = await letters(town, NOON + timedelta(seconds=15))
    assert again == first
    assert await letters(town, NOON + timedelta(seconds=44)) == []
    await town.take(town.sealed(beat("an older one")), now=NOON + timedelta(seconds=44))
    assert len(await letters(town, NOON + timedelta(seconds=45))) == 1
    await town.take(town.sealed(beat(first.revision or "")), now=NOON + timedelta(seconds=46))
    assert await letters(town, NOON + HOUR) == []
    (mail,) = await town.rows(ledger_mail)
    assert (mail["confirmed"], mail["due_at"], mail["attempts"]) == (first.revision, None, 0)


async def test_a_gateway_that_was_offline_for_a_week_is_told_at_its_first_heartbeat(town: Town) -> None:
    await written(town, until=NOON + 30 * DAY)
    at = NOON
    sent = 0
    while at < NOON + DAY:
        sent += len(await letters(town, at))
        at += timedelta(minutes=1)
    assert 100 < sent < 160, "now and then, and not more"
    back = NOON + 7 * DAY
    await letters(town, back)
    await town.take(town.sealed(beat("")), now=back + timedelta(seconds=1))
    assert len(await letters(town, back + timedelta(seconds=6))) == 1


async def test_only_the_gateway_of_the_home_is_told(town: Town) -> None:
    await written(town, home="k-1")
    assert [one.gateway_id for one in await lease_gateway_messages(town.ctx, NOON)] == ["gw-2"]


async def test_a_gateway_that_remembers_what_is_revoked_is_told_the_empty_ledger(town: Town) -> None:
    entry = await written(town)
    (first,) = await letters(town, NOON)
    await town.take(town.sealed(beat(first.revision or "")), now=NOON)
    assert isinstance(await revoke_away(town.ctx, entry.entry_id, town.actor("dong"), NOON), Written)
    (second,) = await letters(town, NOON)
    assert (second.entries, second.revision) == ([], "")
    await town.take(town.sealed(beat("")), now=NOON)
    assert await letters(town, NOON + HOUR) == []
    assert await revoke_away(town.ctx, entry.entry_id, town.actor("dong"), NOON) is AbsenceFault.OVER
    assert await revoke_away(town.ctx, "e-nothing", town.actor("dong"), NOON) is AbsenceFault.UNKNOWN_ENTRY


async def test_an_overdue_return_is_one_ticket_with_people_asked(town: Town) -> None:
    await written(town)
    due = NOON + DAY + GRACE
    assert await look_after(town.ctx, due - timedelta(seconds=1)) == 0
    assert await look_after(town.ctx, due) == 1
    assert await look_after(town.ctx, due + HOUR) == 0
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["home_id"], ticket["severity"]) == (AWAY_OVERDUE, "h-1", "urgent")
    assert ticket["due_at"] > due
    assert "2026-11-24 12:00" in ticket["text_en"], "the told return in the home's own time"
    assert {row["person_id"] for row in await town.rows(notices)} == {"vera", "viktor"}
    assert "h-1" not in str(ticket["text_en"])
    assert (await town.rows(notices))[0]["title"].endswith("1-1")


@pytest.mark.parametrize(("sign", "opened"), [(DAY - HOUR, 1), (DAY, 0), (DAY + HOUR, 0)])
async def test_signs_of_life_after_the_told_return_mean_that_they_are_back(
    town: Town, sign: timedelta, opened: int
) -> None:
    await written(town)
    await town.take(town.sealed(beat(last_sign=NOON + sign)), now=NOON + DAY + HOUR)
    assert await look_after(town.ctx, NOON + DAY + GRACE) == opened
    (row,) = await town.rows(away)
    assert row["ended_at"] == (None if opened else NOON + sign)
    assert row["check_at"] is None


async def test_an_absence_without_an_end_is_asked_about_after_a_week(town: Town) -> None:
    await written(town, until=None)
    assert await look_after(town.ctx, NOON + OPEN_ENDED - HOUR) == 0
    assert await look_after(town.ctx, NOON + OPEN_ENDED) == 1
    (ticket,) = await town.rows(tickets)
    assert ticket["severity"] == "visit"


async def test_a_later_return_moves_the_look_and_the_gateway_hears_of_it(town: Town) -> None:
    entry = await written(town)
    (first,) = await letters(town, NOON)
    later = NOON + 3 * DAY
    assert isinstance(await change_away(town.ctx, entry.entry_id, later, town.actor("sun"), NOON), Written)
    (second,) = await letters(town, NOON)
    assert second.entries[0].until == later
    assert second.revision != first.revision
    assert await look_after(town.ctx, NOON + DAY + GRACE) == 0
    assert await look_after(town.ctx, later + GRACE) == 1
    fault = await change_away(town.ctx, entry.entry_id, NOON - DAY, town.actor("sun"), NOON)
    assert fault is AbsenceFault.ENDS_IN_PAST


async def test_who_is_back_early_is_awaited_again_at_once(town: Town) -> None:
    entry = await written(town)
    back = NOON + 3 * HOUR
    assert isinstance(await end_away(town.ctx, entry.entry_id, town.actor("dong"), back), Written)
    (letter,) = await letters(town, back)
    assert letter.entries[0].until == back
    assert await look_after(town.ctx, NOON + 9 * DAY) == 0
