"""The outbox of events: one for each event and centre, in order, tried again, and in nobody's way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import RowMapping

from ingest.actions.base.context import ActionContext
from ingest.actions.base.retention import Retention
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.open_ticket import open_ticket
from ingest.app import Program
from ingest.channels.contract import Delivered, Delivery, Rejected, Unreachable
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.outward.actions.forward_events import (
    LEASE,
    PassedOn,
    agree_on_forwarders,
    lease_forward,
    open_for_silent_centres,
    pass_on,
)
from ingest.outward.domain.forwarding import FORWARD_FAILING
from ingest.outward.forwarders.contract import Forward
from ingest.outward.forwarders.settings import WantedEvents
from ingest.outward.store.tables import forwarders, forwards
from ingest.places.actions.load_places import load_places
from ingest.settings import load_settings
from ingest.store.migrate import migrate
from ingest.store.tickets.tables import tickets
from ingest.wings import equipped
from ingest.worker.loops import Worker
from models.flag import FlagKind, Severity
from simulators.vendors.push_service import PushService
from tests.ingest.timers import prune
from tests.ingest.town import NOON, Town, places

MINUTE = timedelta(minutes=1)


@dataclass
class Centre:
    """A way to a centre that keeps what it was given and answers as told."""

    answers: list[Delivery] = field(default_factory=list)
    got: list[Forward] = field(default_factory=list)
    down: bool = False

    async def send(self, forward: Forward) -> Delivery:
        self.got.append(forward)
        if self.down:
            return Unreachable("centre: gone")
        return self.answers.pop(0) if self.answers else Delivered(str(len(self.got)))

    async def close(self) -> None:
        """Nothing to put away."""


async def agree(ctx: ActionContext, **wishes: WantedEvents) -> None:
    await agree_on_forwarders(ctx, {name: ("test", wish) for name, wish in wishes.items()})


async def waiting(town: Town) -> list[tuple[str, str, int, str]]:
    rows = await town.rows(forwards)
    return [(row["forwarder"], row["content_json"]["event"], row["number"], row["status"]) for row in rows]


async def complaints(town: Town) -> list[RowMapping]:
    return list(await town.rows(tickets, kind=FORWARD_FAILING))


async def test_each_event_is_written_once_for_each_centre_that_wants_it(town: Town) -> None:
    smoke_only = WantedEvents(kinds=("smoke",), events=("opened", "resolve"))
    await agree(
        town.ctx,
        all=WantedEvents(),
        fire=smoke_only,
        far=WantedEvents(area="jb"),
        grave=WantedEvents(severity_from="critical"),
    )
    smoke = await town.raise_flag()
    await act_on_ticket(town.ctx, smoke, Event.TAKE, town.actor("vera"), NOON)
    await town.raise_flag(NOON + MINUTE, kind=FlagKind.LEAK, severity=Severity.URGENT, episode="e-2")
    assert sorted(await waiting(town)) == [
        ("all", "opened", 1, "pending"),
        ("all", "opened", 1, "pending"),
        ("all", "take", 2, "pending"),
        ("fire", "opened", 1, "pending"),
        ("grave", "opened", 1, "pending"),
        ("grave", "take", 2, "pending"),
    ]


async def test_an_event_that_was_refused_is_not_passed_on(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    ticket = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket, Event.ARRIVE, town.actor("vera"), NOON)
    assert await waiting(town) == [("all", "opened", 1, "pending")]


async def test_what_is_said_is_what_was_true_at_the_event(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    ticket = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket, Event.TAKE, town.actor("vera"), NOON + MINUTE)
    centre = Centre()
    assert await pass_on(town.ctx, {"all": centre}, NOON + 2 * MINUTE) == PassedOn(done=2)
    opened, taken = centre.got
    assert (opened.key, opened.status, opened.at) == (f"{ticket}.1", "open", NOON)
    assert (opened.home_id, opened.label, opened.kind, opened.severity) == ("h-1", "1-1", "smoke", "critical")
    assert (taken.key, taken.status, taken.at) == (f"{ticket}.2", "taken", NOON + MINUTE)
    assert taken.serial > opened.serial
    assert await pass_on(town.ctx, {"all": centre}, NOON + 3 * MINUTE) == PassedOn()


async def test_a_tickets_events_keep_their_order_and_other_tickets_do_not_wait(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    leak = await town.raise_flag(kind=FlagKind.LEAK, severity=Severity.VISIT)
    await act_on_ticket(town.ctx, leak, Event.TAKE, town.actor("sun"), NOON)
    smoke = await town.raise_flag(NOON + MINUTE, episode="e-2")
    centre = Centre([Delivered("1"), Unreachable("gone")])
    await pass_on(town.ctx, {"all": centre}, NOON + MINUTE)
    # the urgent first; the leak's first event fails, so that its second waits
    assert [one.key for one in centre.got] == [f"{smoke}.1", f"{leak}.1"]
    await pass_on(town.ctx, {"all": centre}, NOON + MINUTE + timedelta(seconds=2))
    assert [one.key for one in centre.got[2:]] == [f"{leak}.1", f"{leak}.2"]


async def test_a_dead_worker_is_followed_by_another_after_its_lease(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    await town.raise_flag()
    first = await lease_forward(town.ctx, frozenset(), NOON)
    assert first is not None
    assert await lease_forward(town.ctx, frozenset(), NOON + LEASE - MINUTE) is None
    again = await lease_forward(town.ctx, frozenset(), NOON + LEASE)
    assert again == first


async def test_two_workers_at_once_send_an_event_once(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    for number in range(6):
        await town.raise_flag(episode=f"e-{number}", home=f"h-{number + 1}")
    centre = Centre()
    rounds = await asyncio.gather(*(pass_on(town.ctx, {"all": centre}, NOON) for _ in range(3)))
    assert sum(one.done for one in rounds) == 6
    assert len({one.key for one in centre.got}) == len(centre.got) == 6


async def test_a_centre_out_of_reach_becomes_one_ticket_and_everything_comes_when_it_is_back(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents(), other=WantedEvents())
    centre, other = Centre(down=True), Centre()
    ways = {"all": centre, "other": other}
    ticket = await town.raise_flag()
    now = NOON
    while now < NOON + timedelta(hours=1):
        await pass_on(town.ctx, ways, now)
        await open_for_silent_centres(town.ctx, now)
        now += timedelta(seconds=30)
    (complaint,) = await complaints(town)
    assert (complaint["subject"], complaint["severity"], complaint["area_id"]) == ("all", "maintenance", "hs")
    assert complaint["opened_at"] == NOON + timedelta(minutes=5)
    assert complaint["due_at"] is not None
    assert await town.told(complaint["ticket_id"]) == {"admin"}, "the built-in plan for maintenance"
    # 2, 4, 8 … seconds, then every ten minutes: some fifteen attempts in an hour, not hundreds
    assert 8 <= len(centre.got) <= 20
    assert {one.key for one in centre.got} == {f"{ticket}.1"}, "nothing about its own failing"
    assert f"{complaint['ticket_id']}.1" in {one.key for one in other.got}
    centre.down = False
    await pass_on(town.ctx, ways, now + timedelta(minutes=10))
    (row,) = await town.rows(forwards, forwarder="all")
    assert (row["status"], row["last_error"]) == ("done", None)
    assert (await town.ticket(complaint["ticket_id"]))["condition"] == "cleared"
    (state, _) = sorted(await town.rows(forwarders), key=lambda one: one["name"])
    assert (state["failing_since"], state["last_done_at"]) == (None, now + timedelta(minutes=10))


async def test_a_refusal_is_final_and_known_at_once(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    ticket = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket, Event.TAKE, town.actor("vera"), NOON)
    centre = Centre([Rejected("centre: HTTP 401")])
    assert await pass_on(town.ctx, {"all": centre}, NOON) == PassedOn(done=1, failed=1)
    assert [status for *_, status in await waiting(town)] == ["refused", "done"]
    (complaint,) = await complaints(town)
    assert "centre: HTTP 401" in complaint["text_en"]


async def test_what_can_not_be_passed_on_for_three_days_is_given_up(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    await town.raise_flag()
    await pass_on(town.ctx, {"all": Centre(down=True)}, NOON + timedelta(days=3))
    assert [status for *_, status in await waiting(town)] == ["given_up"]


async def test_a_centre_that_the_settings_no_longer_name_gets_nothing_more(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    await town.raise_flag()
    await agree(town.ctx)
    await town.raise_flag(episode="e-2", home="h-2")
    assert await pass_on(town.ctx, {"all": Centre()}, NOON) == PassedOn()
    await agree(town.ctx, all=WantedEvents())
    assert await pass_on(town.ctx, {"all": Centre()}, NOON) == PassedOn(done=1)


async def test_a_way_that_breaks_is_a_failure_like_any_other(town: Town) -> None:
    class Broken(Centre):
        async def send(self, forward: Forward) -> Delivery:
            raise ZeroDivisionError

    await agree(town.ctx, all=WantedEvents())
    await town.raise_flag()
    assert await pass_on(town.ctx, {"all": Broken()}, NOON) == PassedOn(failed=1)
    (row,) = await town.rows(forwards)
    assert (row["status"], row["last_error"]) == ("pending", "the forwarder failed: ZeroDivisionError")


@pytest.mark.parametrize("hanging", [True, False])
async def test_the_workers_loop_passes_on_and_a_centre_that_hangs_holds_up_no_other(town: Town, hanging: bool) -> None:
    class Hanging(Centre):
        async def send(self, forward: Forward) -> Delivery:
            await asyncio.sleep(3600)
            return Delivered("never")

    await agree(town.ctx, quick=WantedEvents(), slow=WantedEvents())
    quick, slow = Centre(), Hanging() if hanging else Centre()
    ticket = await town.raise_flag()
    detail = EventDetail(outcome=Outcome.HELPED, cause=Cause.COOKING)
    await act_on_ticket(town.ctx, ticket, Event.RESOLVE, town.actor("dong"), NOON, detail=detail)
    wings = equipped({"quick": quick, "slow": slow}, None)
    worker = Worker(replace(town.ctx, wings=wings), {}, lambda: NOON)
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(60):
            while len(quick.got) < 2 or (not hanging and len(slow.got) < 2):
                await asyncio.sleep(0.02)
    finally:
        for task in worker._under_way:
            task.cancel()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [one.event for one in quick.got] == ["opened", "resolve"]


async def test_what_is_done_with_is_kept_for_a_while_and_what_waits_for_ever(town: Town) -> None:
    await agree(town.ctx, all=WantedEvents())
    await town.raise_flag()
    await pass_on(town.ctx, {"all": Centre()}, NOON)
    await town.raise_flag(episode="e-2", home="h-2")
    keep = Retention(messages=timedelta(days=90))
    await prune(town.ctx, keep, NOON + timedelta(days=90))
    assert len(await waiting(town)) == 2
    await prune(town.ctx, keep, NOON + timedelta(days=91))
    assert [status for *_, status in await waiting(town)] == ["pending"]


async def test_the_program_passes_on_to_the_centres_of_its_settings(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("ab" * 32)
    (tmp_path / "city.secret").write_text("hush")
    with PushService() as door:
        (tmp_path / "ingest.toml").write_text(
            '[ingest]\ndatabase = "sqlite:///ingest.sqlite"\nmaster_key_file = "master.key"\n'
            '[forward.city]\nkind = "webhook"\nsecret_file = "city.secret"\n'
            f'url = "{door.url}/events"\n'
        )
        program = Program(load_settings(tmp_path / "ingest.toml"), web=False)
        await migrate(program.db)
        await load_places(program.ctx, places())
        started = asyncio.Event()
        running = asyncio.create_task(program.run(started.set))
        async with asyncio.timeout(60):
            await started.wait()
            actor = Town(program.ctx).actor("dong")
            await open_ticket(program.ctx, "h-1", Severity.URGENT, "look", actor=actor, now=datetime.now(UTC))
            while not door.posted:
                await asyncio.sleep(0.02)
            program.stop()
            await running
    said = json.loads(door.posted[0].body)
    assert (said["type"], said["data"]["label"]) == ("ticket.opened", "1-1")
    assert door.posted[0].headers["webhook-signature"].startswith("v1,")
