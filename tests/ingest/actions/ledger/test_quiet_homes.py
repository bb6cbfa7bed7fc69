"""Silences, planned tests and shared causes: what holds a ticket back, for how long, and that smoke always gets out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.actions.ledger.suppress import Suppressed, end_silence, plan_test, silence_home
from ingest.actions.tickets.escalate import escalate
from ingest.domain.ledger.suppression import TEST_MISSED, QuietFault
from ingest.store.ledger.tables import planned_tests, silences
from ingest.store.tickets.tables import flags, ticket_homes, tickets
from models.flag import FlagEvent, FlagKind, Severity
from tests.ingest.timers import look_after
from tests.ingest.town import NOON, Town, flag

HOUR = timedelta(hours=1)
LEAK = frozenset({FlagKind.LEAK})


async def send(town: Town, now: datetime = NOON, **changes: Any) -> None:
    await town.take(town.sealed(flag(**changes)), now=now)


def leak(**changes: Any) -> dict[str, Any]:
    return {"kind": FlagKind.LEAK, "severity": Severity.URGENT, **changes}


async def silenced(town: Town, until: datetime = NOON + HOUR, kinds: Collection[FlagKind] = LEAK) -> str:
    actor = town.actor("sun")
    done = await silence_home(town.ctx, "h-1", kinds, "pipe is mended", until=until, actor=actor, now=NOON)
    assert isinstance(done, Suppressed)
    return done.entry_id


@pytest.mark.parametrize(
    ("kinds", "reason", "until", "who", "fault"),
    [
        ({FlagKind.SMOKE}, "cooks", NOON + HOUR, "dong", QuietFault.SMOKE),
        ({FlagKind.SMOKE, FlagKind.LEAK}, "cooks", NOON + HOUR, "dong", QuietFault.SMOKE),
        (set(), "nothing", NOON + HOUR, "dong", QuietFault.NO_KIND),
        ({FlagKind.TEST}, "x", NOON + HOUR, "dong", QuietFault.NO_KIND),
        ({FlagKind.LEAK}, "  ", NOON + HOUR, "dong", QuietFault.NO_REASON),
        ({FlagKind.LEAK}, "x", NOON, "dong", QuietFault.ENDS_FIRST),
        ({FlagKind.LEAK}, "x", NOON + timedelta(days=31), "dong", QuietFault.TOO_LONG),
        ({FlagKind.LEAK}, "x", NOON + HOUR, "vera", QuietFault.NOT_ALLOWED),
        ({FlagKind.LEAK}, "x", NOON + HOUR, "other", QuietFault.UNKNOWN_HOME),
    ],
)
async def test_a_silence_needs_a_kind_a_reason_an_end_and_somebody_who_may(
    town: Town, kinds: set[FlagKind], reason: str, until: datetime, who: str, fault: QuietFault
) -> None:
    actor = town.actor(who)
    assert await silence_home(town.ctx, "h-1", kinds, reason, until=until, actor=actor, now=NOON) is fault
    assert await town.count(silences) == 0


async def test_a_silenced_kind_is_kept_and_asks_nobody_and_the_rest_of_the_home_goes_on(town: Town) -> None:
    await silenced(town)
    await send(town, **leak())
    assert await town.count(flags) == 1
    assert await town.count(tickets) == 0
    await send(town, episode="e-2", kind=FlagKind.SMOKE)
    await send(town, **leak(episode="e-3", home="h-2"))
    await send(town, **leak(episode="e-4", severity=Severity.CRITICAL))
    kinds = sorted((row["kind"], row["home_id"]) for row in await town.rows(tickets))
    assert kinds == [("leak", "h-1"), ("leak", "h-2"), ("smoke", "h-1")]


async def test_what_goes_on_when_a_silence_ends_becomes_a_ticket_and_what_is_over_does_not(town: Town) -> None:
    await silenced(town, kinds={FlagKind.LEAK, FlagKind.RUNNING_WATER})
    await send(town, **leak())
    await send(town, kind=FlagKind.RUNNING_WATER, severity=Severity.URGENT, episode="e-2")
    over = {"kind": FlagKind.RUNNING_WATER, "severity": Severity.URGENT, "episode": "e-2", "number": 1}
    await send(town, **over, event=FlagEvent.CLEARED)
    assert await look_after(town.ctx, NOON + HOUR - timedelta(seconds=1)) == 0
    assert await look_after(town.ctx, NOON + HOUR) == 1
    assert await look_after(town.ctx, NOON + 2 * HOUR) == 0
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["since"]) == ("leak", NOON - timedelta(minutes=1))
    await send(town, now=NOON + 2 * HOUR, **leak(number=1))
    assert await town.count(tickets) == 1, "what comes later belongs to it"


async def test_a_silence_that_is_ended_by_hand_lets_out_what_it_held(town: Town) -> None:
    entry = await silenced(town)
    await send(town, **leak())
    assert isinstance(await end_silence(town.ctx, entry, town.actor("dong"), NOON), Suppressed)
    assert [row["kind"] for row in await town.rows(tickets)] == ["leak"]
    assert await end_silence(town.ctx, entry, town.actor("dong"), NOON) is QuietFault.OVER
    assert await end_silence(town.ctx, "e-none", town.actor("dong"), NOON) is QuietFault.UNKNOWN_ENTRY


async def planned(town: Town, kind: FlagKind = FlagKind.SMOKE, who: str = "sun") -> None:
    actor = town.actor(who)
    done = await plan_test(town.ctx, "h-1", kind, NOON, until=NOON + HOUR, actor=actor, now=NOON)
    assert isinstance(done, Suppressed)


async def test_smoke_in_a_planned_test_asks_the_tester_first_and_everybody_a_minute_later(town: Town) -> None:
    await planned(town)
    ticket_id = await town.raise_flag()
    ticket = await town.ticket(ticket_id)
    assert (ticket["status"], ticket["offered_to"], ticket["severity"]) == ("offered", "sun", "critical")
    assert await town.told(ticket_id) == {"sun"}
    assert ticket["due_at"] == NOON + timedelta(seconds=60)
    await escalate(town.ctx, NOON + timedelta(seconds=60))
    assert await town.told(ticket_id) == {"vera", "viktor"}, "then the plan begins, from its first step"
    assert (await town.rows(planned_tests))[0]["passed_at"] == NOON
    assert await look_after(town.ctx, NOON + HOUR) == 0


@pytest.mark.parametrize("kind", [FlagKind.TEST, FlagKind.SMOKE])
async def test_the_button_or_the_alarm_passes_a_smoke_test(town: Town, kind: FlagKind) -> None:
    await planned(town)
    await send(town, kind=kind)
    assert await look_after(town.ctx, NOON + HOUR) == 0


async def test_a_water_test_that_shows_opens_nothing_and_one_that_does_not_is_for_the_installer(town: Town) -> None:
    await planned(town, FlagKind.LEAK)
    await send(town, **leak())
    assert await town.count(tickets) == 0
    await planned(town, FlagKind.SUPPLY_LOST)
    assert await look_after(town.ctx, NOON + HOUR) == 1
    (ticket,) = await town.rows(tickets)
    assert (ticket["kind"], ticket["severity"], ticket["home_id"]) == (TEST_MISSED, "maintenance", "h-1")


async def test_a_test_of_something_that_can_not_be_tested_is_refused(town: Town) -> None:
    actor = town.actor("sun")
    kind = FlagKind.INACTIVITY
    fault = await plan_test(town.ctx, "h-1", kind, NOON, until=NOON + HOUR, actor=actor, now=NOON)
    assert fault is QuietFault.NO_KIND


async def test_a_shared_cause_holds_its_homes_and_smoke_inside_has_its_own_ticket(town: Town) -> None:
    homes = ",".join(f"h-{number}" for number in range(1, 21))
    cause = {"kind": FlagKind.COMMON_CAUSE, "severity": Severity.URGENT, "home": "gw-1", "facts": {"homes": homes}}
    await send(town, **cause, episode="p-1")
    (place,) = await town.rows(tickets)
    assert await town.count(ticket_homes) == 20
    for number in range(1, 6):
        lost = {"kind": FlagKind.SUPPLY_LOST, "severity": Severity.URGENT}
        await send(town, **lost, home=f"h-{number}", episode=f"e-{number}")
    assert await town.count(tickets) == 1, "the homes inside are held by it"
    await send(town, home="h-3", episode="e-9", kind=FlagKind.SMOKE)
    await send(town, home="h-4", episode="e-10", kind=FlagKind.INACTIVITY, severity=Severity.URGENT)
    kinds = sorted(row["kind"] for row in await town.rows(tickets))
    assert kinds == ["common_cause", "inactivity", "smoke"]
    held = await town.rows(flags, ticket_id=place["ticket_id"])
    assert len(held) == 6


async def test_a_gateway_that_lists_anothers_homes_keeps_none_of_their_alarms_out_of_sight(town: Town) -> None:
    cause = {"kind": FlagKind.COMMON_CAUSE, "severity": Severity.MAINTENANCE, "home": "gw-2"}
    body = flag(**cause, facts={"homes": "k-1,h-1,h-2"}, episode="p-1")
    await town.take(town.sealed(body, gateway="gw-2"))
    lost = {"kind": FlagKind.SUPPLY_LOST, "severity": Severity.URGENT}
    await send(town, **lost, home="h-1", episode="e-1")
    await town.take(town.sealed(flag(**lost, home="k-1", episode="e-2"), gateway="gw-2"))
    about = sorted((row["kind"], row["home_id"]) for row in await town.rows(tickets) if row["home_id"])
    assert about == [("supply_lost", "h-1")], "h-1 has a ticket where it lies, k-1 is held by its own gateway's"
