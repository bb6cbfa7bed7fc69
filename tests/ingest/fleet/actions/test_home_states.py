"""How homes stand: what heartbeats say of them is kept for the board, the newest word only, of own homes only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.store.base.tables import gateways
from ingest.store.ledger.home_states import HomeStatus, Watch, home_status_of, standings_in
from models.wire.messages import Heartbeat, HomeWatchState
from tests.ingest.town import NOON, Town

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def beat(*homes: HomeWatchState) -> Heartbeat:
    return Heartbeat("1", NOON, 60, 0, 0.0, clock_trusted=True, homes=list(homes))


async def standing(town: Town, home: str = "h-1") -> HomeStatus | None:
    async with town.ctx.db.read() as connection:
        return await home_status_of(connection, home)


async def queue_notices(town: Town, state: HomeWatchState, sent_at: datetime, now: datetime, **envelope: Any) -> None:
    await town.take(town.sealed(beat(state), sent_at=sent_at, **envelope), now=now)


async def test_a_heartbeat_says_until_when_a_fall_would_be_noticed(town: Town) -> None:
    assert await standing(town) is None
    told = HomeWatchState("h-1", blind=False, last_sign=NOON - HOUR, notice_by=NOON + 5 * HOUR)
    await queue_notices(town, told, NOON, NOON + MINUTE)
    kept = await standing(town)
    assert kept == HomeStatus(
        "h-1", "1-1", "/hs/str/com/c1/", "gw-1", Watch.WATCHED, NOON - HOUR, NOON + 5 * HOUR, None, NOON, NOON + MINUTE
    )


@pytest.mark.parametrize(
    ("state", "watch"),
    [
        (HomeWatchState("h-1", blind=True, blind_since=NOON - HOUR), Watch.BLIND),
        (HomeWatchState("h-1", blind=False, away=True), Watch.AWAY),
        (HomeWatchState("h-1", blind=True, away=True, blind_since=NOON - HOUR), Watch.BLIND),
    ],
)
async def test_a_home_that_is_not_judged_has_no_silence_budget(town: Town, state: HomeWatchState, watch: Watch) -> None:
    await queue_notices(town, HomeWatchState("h-1", blind=False, notice_by=NOON + HOUR), NOON, NOON)
    await queue_notices(town, state, NOON + MINUTE, NOON + MINUTE)
    kept = await standing(town)
    assert kept is not None
    assert (kept.watch, kept.noticed_by, kept.blind_since) == (watch, None, state.blind_since)


async def test_a_heartbeat_that_was_delayed_changes_nothing(town: Town) -> None:
    await queue_notices(town, HomeWatchState("h-1", blind=False, last_sign=NOON), NOON + MINUTE, NOON + MINUTE)
    await queue_notices(town, HomeWatchState("h-1", blind=True), NOON, NOON + 2 * MINUTE)
    kept = await standing(town)
    assert kept is not None
    assert (kept.watch, kept.last_sign_at, kept.sent_at) == (Watch.WATCHED, NOON, NOON + MINUTE)


async def test_a_gateway_speaks_for_its_own_homes_only(town: Town) -> None:
    await queue_notices(town, HomeWatchState("h-1", blind=True), NOON, NOON, gateway="gw-2")
    await queue_notices(town, HomeWatchState("h-99", blind=True), NOON, NOON)
    assert await standing(town) is None


@pytest.mark.parametrize("at", [datetime(2026, 11, 23, 12, 0), datetime.fromisoformat("9999-12-31T23:59:59+00:00")])
async def test_a_time_that_no_clock_ever_showed_is_left_out_and_the_gateway_still_lives(
    town: Town, at: datetime
) -> None:
    sound = HomeWatchState("h-2", blind=False, last_sign=NOON)
    broken = HomeWatchState("h-1", blind=False, last_sign=at)
    await town.take(town.sealed(beat(broken, sound)), now=NOON)
    assert await standing(town) is None
    assert await standing(town, "h-2") is not None
    (row,) = await town.rows(gateways, gateway_id="gw-1")
    assert row["last_heartbeat_at"] == NOON


async def test_a_board_shows_a_subtree_and_of_homes_no_longer_told_the_last_word(town: Town) -> None:
    await town.take(town.sealed(beat(*(HomeWatchState(f"h-{n}", blind=False) for n in (1, 2)))), now=NOON)
    await town.take(town.sealed(beat(HomeWatchState("h-2", blind=False)), sent_at=NOON + HOUR), now=NOON + HOUR)
    await town.take(town.sealed(beat(HomeWatchState("k-1", blind=True)), gateway="gw-2"), now=NOON)
    async with town.ctx.db.read() as connection:
        seen = {scope: await standings_in(connection, scope) for scope in ("/hs/", "/hs/str/com/c1/", "/jb/")}
    assert [(one.home_id, one.at) for one in seen["/hs/str/com/c1/"]] == [("h-1", NOON), ("h-2", NOON + HOUR)]
    assert [one.home_id for one in seen["/hs/"]] == ["h-1", "h-2", "k-1"]
    assert seen["/jb/"] == []
