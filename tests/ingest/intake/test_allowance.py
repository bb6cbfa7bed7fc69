"""A gateway that sends calm messages for ever fills nobody's disk; its alarms and its neighbours do not notice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ingest.actions.incoming.accept_envelopes import Accepted, Arrival
from ingest.intake.allowance import Allowance
from ingest.intake.batching import Answer, Batcher, Unavailable
from ingest.store.base.tables import inbox
from models.flag import FlagKind, Severity
from models.wire.messages import Canary, Heartbeat, LocalTelling, ToldLocally
from tests.ingest.town import NOON, Town, flag

SECOND = timedelta(seconds=1)


def test_a_bucket_gives_what_it_holds_and_then_what_flows_in() -> None:
    allowance = Allowance(each_s=2, burst=5)
    assert [allowance.admits("gw", NOON) for _ in range(6)] == [True] * 5 + [False]
    assert not allowance.admits("gw", NOON + 0.49 * SECOND)
    assert allowance.admits("gw", NOON + 0.51 * SECOND)
    assert allowance.admits("other", NOON), "each has its own"
    assert [allowance.admits("gw", NOON + timedelta(days=9)) for _ in range(6)] == [True] * 5 + [False], "no more"


def test_who_says_too_much_still_reports_in_but_does_not_flood_with_that_either() -> None:
    allowance = Allowance(each_s=0.001, burst=1)
    assert [allowance.admits("gw", NOON) for _ in range(2)] == [True, False]
    beats = [allowance.admits("gw", NOON + n * SECOND, heartbeat=True) for n in range(60)]
    assert sum(beats) == 11, "six in a row, then one in ten seconds"
    assert not allowance.admits("gw", NOON + 60 * SECOND), "nothing else comes out of that bucket"
    assert allowance.admits("gw", NOON + 180 * SECOND, heartbeat=True)


def test_a_clock_that_is_set_back_neither_gives_nor_takes() -> None:
    allowance = Allowance(each_s=1, burst=2)
    assert [allowance.admits("gw", NOON) for _ in range(2)] == [True, True]
    assert not allowance.admits("gw", NOON - timedelta(hours=1))
    assert allowance.admits("gw", NOON - timedelta(hours=1) + SECOND)


def test_it_is_said_once_until_the_gateway_has_rested() -> None:
    allowance = Allowance(each_s=1, burst=4)
    assert [allowance.admits("gw", NOON) for _ in range(5)][-1] is False
    assert [allowance.is_news("gw") for _ in range(2)] == [True, False]
    assert allowance.admits("gw", NOON + SECOND)
    assert not allowance.is_news("gw"), "the edge is no news each second"
    assert allowance.admits("gw", NOON + 9 * SECOND)
    assert allowance.is_news("gw")


def test_no_limit_is_none() -> None:
    assert all(Allowance(0, burst=1).admits("gw", NOON) for _ in range(10))


def never_late(town: Town) -> dict[str, bytes]:
    """What no limit holds back."""
    told = ToldLocally("e-1", "h-1", FlagKind.SMOKE, [LocalTelling("modem", "vera", NOON)], "", None)
    return {
        "smoke": town.sealed(flag()),
        "smoke that says it is calm": town.sealed(flag(episode="e-2", severity=Severity.INFO)),
        "a person": town.sealed(flag(episode="e-3", kind=FlagKind.INACTIVITY, severity=Severity.VISIT)),
        "urgent": town.sealed(flag(episode="e-4", kind=FlagKind.DEVICE_TROUBLE, severity=Severity.URGENT)),
        "a kind that nobody knows": town.sealed({"home": "h-1", "kind": "quake", "severity": "info"}, kind="flag"),
        **{
            f"a severity that is no word: {odd!r}": town.sealed(
                {"home": "h-1", "kind": "device_silent", "severity": odd}, kind="flag"
            )
            for odd in ([], {}, None, 1)
        },
        "told locally": town.sealed(told),
        "a heartbeat": town.sealed(Heartbeat("1", NOON, 60, 9_000, 60.0, clock_trusted=True)),
    }


async def test_the_calm_ones_stay_with_their_gateway_and_no_alarm_does(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    batcher = Batcher(town.ctx, lambda: NOON, lambda: None, Allowance(each_s=1, burst=3))
    running = asyncio.create_task(batcher.run())

    async def send(sealed: bytes, gateway: str = "gw-1") -> Answer:
        return await asyncio.wait_for(batcher.submit(Arrival(sealed, gateway)), 60)

    # a gateway that floods may be missed, so its canary is nothing that must come through
    calm = [town.sealed({}, kind="weather") for _ in range(3)]
    calm += [town.sealed(Canary("c-1", NOON, flag(home="canary", episode="canary")))]
    calm += [town.sealed(flag(episode="e-9", kind=FlagKind.DEVICE_SILENT, severity=Severity.MAINTENANCE))]
    answers = [await send(one) for one in calm]
    late = {name: await send(sealed) for name, sealed in never_late(town).items()}
    neighbour = await send(town.sealed({}, kind="weather", gateway="gw-2"), "gw-2")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [isinstance(one, Accepted) for one in answers] == [True, True, True, False, False]
    assert all(isinstance(one, Unavailable) and one.let_go for one in answers[3:]), "acknowledged, without a receipt"
    assert {name: isinstance(one, Accepted) for name, one in late.items()} == dict.fromkeys(late, True)
    assert isinstance(neighbour, Accepted)
    assert await town.count(inbox) == 3 + len(late) + 1
    assert sum("more calm messages" in record.message for record in caplog.records) == 1
