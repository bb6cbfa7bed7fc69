"""Flags that lay at their gateway are marked late: what goes on is an alarm, what is over sends nobody out at night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ingest.actions.notices.deliver import deliver
from ingest.domain.incoming.lateness import LATE, as_weighed, is_history
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import flags, tickets
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import LocalTelling, ToldLocally
from tests.ingest.town import NOON, Remembering, Town, flag

DAYS = timedelta(days=2).total_seconds()
NIGHT = NOON + timedelta(hours=14)


def late(waited_s: float = DAYS, *, over: bool = True, **changes: Any) -> Any:
    return flag(waited_s=waited_s, over=over, at=NOON - timedelta(seconds=waited_s), **changes)


@pytest.mark.parametrize(
    ("waited_s", "severity", "words"),
    [
        (LATE.total_seconds() - 0.1, Severity.CRITICAL, "The smoke detector sounds."),
        (
            LATE.total_seconds(),
            Severity.VISIT,
            "The smoke detector sounds. (The line was down: this is 30 minutes old and is over.)",
        ),
        (DAYS, Severity.VISIT, "The smoke detector sounds. (The line was down: this is 2 days old and is over.)"),
    ],
)
def test_from_half_an_hour_on_it_is_late(waited_s: float, severity: Severity, words: str) -> None:
    weighed = as_weighed(late(waited_s))
    assert (weighed.severity, weighed.text_en) == (severity, words)


@pytest.mark.parametrize(
    ("severity", "over", "expected"),
    [
        (Severity.CRITICAL, True, False),
        (Severity.URGENT, True, False),
        (Severity.VISIT, True, True),
        (Severity.MAINTENANCE, True, True),
        (Severity.MAINTENANCE, False, False),
    ],
)
def test_what_was_less_than_urgent_and_is_over_is_history(severity: Severity, over: bool, expected: bool) -> None:
    assert is_history(late(severity=severity, over=over)) is expected
    assert not is_history(late(60.0, severity=severity, over=over))


async def test_nobody_is_sent_at_night_for_a_smoke_alarm_of_two_days_ago_that_is_over(town: Town) -> None:
    raised, cleared = late(), late(number=1, over=False, event=FlagEvent.CLEARED)
    await town.take(town.sealed(raised), town.sealed(cleared), now=NIGHT)
    (ticket,) = await town.rows(tickets)
    assert (ticket["severity"], ticket["condition"]) == ("visit", "cleared")
    assert "2天后才收到，情况已结束" in ticket["text_zh"]
    sms = Remembering()
    await deliver(town.ctx, {"sms": sms}, NIGHT)
    assert [one for one in sms.got if one.urgent] == []
    assert {row["person_id"] for row in await town.rows(notices)}.isdisjoint({"vera", "viktor"}), "no volunteer"
    assert [row["severity"] for row in await town.rows(flags, number=0)] == ["critical"], "the record keeps what was"


async def test_smoke_that_still_goes_on_is_an_alarm_however_late(town: Town) -> None:
    await town.take(town.sealed(late(over=False)), now=NIGHT)
    (ticket,) = await town.rows(tickets)
    assert (ticket["severity"], ticket["condition"]) == ("critical", "active")
    assert "this is 2 days old.)" in ticket["text_en"]
    assert await town.told(ticket["ticket_id"]) == {"vera", "viktor"}


async def test_a_detector_that_was_silent_for_a_while_in_the_outage_is_only_kept(town: Town) -> None:
    silent = late(kind=FlagKind.DEVICE_SILENT, severity=Severity.MAINTENANCE)
    await town.take(town.sealed(silent), now=NIGHT)
    assert await town.count(tickets) == 0
    assert [row["waited_s"] for row in await town.rows(flags)] == [DAYS]


async def test_a_late_word_makes_no_live_ticket_worse_and_a_new_alarm_is_new(town: Town) -> None:
    await town.take(town.sealed(late()), now=NIGHT)
    await town.take(town.sealed(flag(episode="e-2")), now=NIGHT + timedelta(minutes=1))
    (ticket,) = await town.rows(tickets)
    assert ticket["severity"] == "critical", "the fire of now takes the visit's ticket along"
    await town.take(town.sealed(late(episode="e-3")), now=NIGHT + timedelta(minutes=2))
    assert (await town.rows(tickets))[0]["severity"] == "critical"


async def test_who_went_two_days_ago_is_in_the_history_and_is_not_sent_again(town: Town) -> None:
    then = NIGHT - timedelta(days=2)
    told = ToldLocally("e-1", "h-1", FlagKind.SMOKE, [LocalTelling("modem", "vera", then)], "vera", then)
    await town.take(town.sealed(told), town.sealed(late()), now=NIGHT)
    (ticket,) = await town.rows(tickets)
    assert (ticket["status"], ticket["taken_by"]) == ("open", None)
    assert await town.history(ticket["ticket_id"]) == ["opened", "told_locally"]


@pytest.mark.parametrize("odd", [-1.0, 1e18])
async def test_a_lateness_that_can_not_be_counts_as_none(town: Town, odd: float) -> None:
    await town.take(town.sealed(flag(waited_s=odd, over=True)))
    (ticket,) = await town.rows(tickets)
    assert ticket["severity"] == "critical"
