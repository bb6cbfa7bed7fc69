"""Many flags of one commit: what comes of them is what had come of them one by one, and one bad flag costs no other."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ingest.actions.incoming.accept_envelopes import Accepted
from ingest.actions.ledger.suppress import plan_test, silence_home
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.incoming.joining import MOST_STRANGERS
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.store.base.database import driver_url
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import episodes, flags, ticket_history, ticket_homes, tickets
from ingest.wings import open_database
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import FlagBody, ReceiptStatus
from tests.ingest.town import NOON, Town, build_town, flag

LATER = NOON + timedelta(minutes=5)
Prepare = Callable[[Town], Awaitable[None]]


@pytest.fixture
async def other_town(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """The same town again, to which the flags come one by one."""
    shutil.copy(sqlite_template, tmp_path / "other.sqlite")
    db = open_database(driver_url(f"sqlite:///{tmp_path}/other.sqlite"))
    yield await build_town(db)
    await db.close()


async def picture(town: Town) -> dict[str, Any]:
    """Everything that flags bring about, tickets named by their episode instead of by their random ids."""
    names = {row["ticket_id"]: row["episode"] for row in await town.rows(tickets)}
    told = ("person_id", "purpose", "position", "channel", "status", "title", "urgent", "not_before")
    stands = ("home_id", "subject", "kind", "severity", "status", "condition", "text_en", "since", "due_at", "version")
    return {
        "tickets": {row["episode"]: [row[name] for name in stands] for row in await town.rows(tickets)},
        "flags": {(row["gateway_id"], row["flag_id"]): names.get(row["ticket_id"]) for row in await town.rows(flags)},
        "episodes": {
            (row["gateway_id"], row["episode"]): (row["last_number"], row["cleared"], names.get(row["ticket_id"]))
            for row in await town.rows(episodes)
        },
        "history": sorted(
            (names[row["ticket_id"]], row["number"], row["event"], str(row["detail_json"].get("flag_id")))
            for row in await town.rows(ticket_history)
        ),
        "notices": sorted(
            [names[row["ticket_id"]], *(str(row[name]) for name in told)] for row in await town.rows(notices)
        ),
        "held": sorted((names[row["ticket_id"]], row["home_id"]) for row in await town.rows(ticket_homes)),
    }


async def nothing(_town: Town) -> None:
    """Nothing has happened before."""


async def a_fire_put_out(town: Town) -> None:
    """A smoke alarm of home h-1 that somebody has resolved."""
    ticket_id = await town.raise_flag()
    detail = EventDetail(outcome=Outcome.HELPED, cause=Cause.COOKING)
    await act_on_ticket(town.ctx, ticket_id, Event.RESOLVE, town.actor("dong"), NOON, detail=detail)


async def quiet_homes(town: Town) -> None:
    """Home h-1 is silenced, in home h-2 the detector of leaks is tested."""
    ends, dong = NOON + timedelta(hours=2), town.actor("dong")
    await silence_home(town.ctx, "h-1", [FlagKind.LEAK], "pipes are mended", until=ends, actor=dong, now=NOON)
    await plan_test(town.ctx, "h-2", FlagKind.LEAK, NOON, until=ends, actor=dong, now=NOON)


LEAK = {"kind": FlagKind.LEAK, "severity": Severity.URGENT, "text_en": "Water runs."}
FORTY = ",".join(f"h-{n}" for n in range(1, 41))
COMMON = {"kind": FlagKind.COMMON_CAUSE, "severity": Severity.MAINTENANCE, "facts": {"homes": FORTY}}
DEAF = {"kind": FlagKind.DEVICE_SILENT, "severity": Severity.MAINTENANCE}
CLEARED = {"event": FlagEvent.CLEARED}

CASES: dict[str, tuple[Prepare, list[FlagBody]]] = {
    "two flags of one episode, the second worse": (
        nothing,
        [flag(**{**LEAK, "severity": Severity.VISIT}), flag(number=1, **{**LEAK, "severity": Severity.CRITICAL})],
    ),
    "raised and cleared": (nothing, [flag(**LEAK), flag(number=1, **LEAK, **CLEARED)]),
    "a clearing that overtook": (nothing, [flag(number=1, **LEAK, **CLEARED), flag(**LEAK)]),
    "raised, cleared, and raised again": (
        nothing,
        [flag(**LEAK), flag(number=1, **LEAK, **CLEARED), flag(number=2, **LEAK)],
    ),
    "two situations of one kind, the first of them over": (
        nothing,
        [flag(**LEAK), flag(episode="e-2", **LEAK), flag(number=1, **LEAK, **CLEARED)],
    ),
    "the same flag in two messages": (nothing, [flag(**LEAK), flag(**LEAK), flag(number=1, **LEAK)]),
    "a common cause of forty homes, and a fire in one of them": (
        nothing,
        [
            flag(home="h-1", episode="place", **COMMON),
            *(flag(home=f"h-{n}", episode=f"d-{n}", **DEAF) for n in range(1, 41)),
            flag(home="h-7", episode="fire"),
            flag(home="h-1", episode="place", number=1, **COMMON, **CLEARED),
        ],
    ),
    "homes that nobody knows": (
        nothing,
        [flag(home=f"no-{n}", episode=f"e-{n}", **DEAF) for n in range(MOST_STRANGERS - 5)]
        + [flag(home="no-3", episode="again", **DEAF), flag(home="no-999", episode="fire")],
    ),
    "a fire that burns on after it was resolved": (
        a_fire_put_out,
        [flag(number=1, at=LATER), flag(number=2, at=LATER), flag(number=3, at=LATER, **CLEARED)],
    ),
    "silenced and tested homes": (
        quiet_homes,
        [
            flag(home="h-1", episode="s-1", **LEAK),
            flag(home="h-2", episode="t-1", **LEAK),
            flag(home="h-2", episode="t-2", **{**LEAK, "severity": Severity.CRITICAL}),
            flag(home="h-1", episode="s-1", number=1, **{**LEAK, "severity": Severity.CRITICAL}),
            flag(home="h-3", episode="n-1", **LEAK),
        ],
    ),
    "late and over": (
        nothing,
        [flag(**LEAK, waited_s=7200.0, over=True), flag(home="h-2", episode="e-2", waited_s=7200.0)],
    ),
}


def anything(seed: int) -> list[FlagBody]:
    """Return forty flags of a few situations, in no order."""
    pick = random.Random(seed)
    bodies = []
    for _ in range(40):
        kind = pick.choice([FlagKind.LEAK, FlagKind.SMOKE, FlagKind.DEVICE_SILENT, FlagKind.INACTIVITY])
        home = pick.choice(["h-1", "h-2", "h-3", "nobody"])
        bodies.append(
            flag(
                home=home,
                episode=f"{home}-{kind.value}-{pick.randrange(2)}",
                number=pick.randrange(4),
                kind=kind,
                severity=pick.choice(list(Severity)),
                event=pick.choice(list(FlagEvent)),
            )
        )
    return bodies


async def both(town: Town, other: Town, bodies: Sequence[FlagBody]) -> None:
    """Send the flags to one town in one commit, and to the other one by one."""
    await town.take(*(town.sealed(body) for body in bodies), now=LATER)
    for body in bodies:
        await other.take(other.sealed(body), now=LATER)


@pytest.mark.parametrize("case", CASES)
async def test_flags_of_one_commit_bring_about_what_they_would_one_by_one(
    town: Town, other_town: Town, case: str
) -> None:
    prepare, bodies = CASES[case]
    for one in (town, other_town):
        await prepare(one)
    await both(town, other_town, bodies)
    assert await picture(town) == await picture(other_town)
    assert await town.count(tickets) > 0


@pytest.mark.parametrize("seed", range(4))
async def test_forty_flags_in_any_order_bring_about_what_they_would_one_by_one(
    town: Town, other_town: Town, seed: int
) -> None:
    await both(town, other_town, anything(seed))
    assert await picture(town) == await picture(other_town)


async def test_a_common_cause_takes_the_quiet_devices_of_its_homes_and_leaves_the_fire_alone(town: Town) -> None:
    _, bodies = CASES["a common cause of forty homes, and a fire in one of them"]
    await town.take(*(town.sealed(body) for body in bodies))
    kinds = sorted(row["kind"] for row in await town.rows(tickets) if row["home_id"] is not None)
    assert kinds == ["common_cause", "smoke"]


async def test_a_gateway_that_invents_homes_in_one_commit_fills_no_board_and_its_fire_is_told(town: Town) -> None:
    bodies = [flag(home=f"no-{n}", episode=f"e-{n}", **DEAF) for n in range(MOST_STRANGERS + 5)]
    await town.take(*(town.sealed(body) for body in [*bodies, flag(home="no-999", episode="fire")]))
    assert await town.count(tickets) == MOST_STRANGERS
    (worst,) = await town.rows(tickets, severity="critical")
    assert await town.told(worst["ticket_id"]) >= {"vera", "viktor"}


async def test_a_flag_that_is_refused_and_one_that_can_not_be_read_leave_their_neighbours_alone(town: Town) -> None:
    answers = await town.take(
        town.sealed(flag(home="h-1", episode="e-1")),
        town.sealed(flag(home="k-1", episode="e-2")),
        town.sealed({"home": "h-2", "kind": "quake"}, kind="flag"),
        town.sealed(flag(home="h-3", episode="e-3")),
    )
    states = [one.line.status for one in answers if isinstance(one, Accepted)]
    stored = ReceiptStatus.STORED
    assert states == [stored, ReceiptStatus.REFUSED, ReceiptStatus.UNKNOWN_KIND, stored]
    assert {row["home_id"] for row in await town.rows(tickets)} == {"h-1", "h-2", "h-3"}


async def test_forty_more_flags_of_situations_that_are_known_cost_a_handful_of_statements_more(town: Town) -> None:
    homes = [f"h-{n}" for n in range(1, 21)]
    calm = {"kind": FlagKind.DEVICE_SILENT, "severity": Severity.INFO}
    await town.take(*(town.sealed(flag(home=home, episode=home, **calm)) for home in homes))
    counted: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted.append(statement)

    engine = town.ctx.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await town.take(town.sealed(flag(home="h-1", episode="h-1", number=1, **calm)))
    alone = len(counted)
    await town.take(*(town.sealed(flag(home=home, episode=home, number=n, **calm)) for home in homes for n in (2, 3)))
    event.remove(engine, "before_cursor_execute", count)
    assert len(counted) - alone <= alone + 2
