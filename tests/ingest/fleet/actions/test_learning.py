"""What homes teach: outcomes move a home's line and its gateway hears of it; added habits become an area's prior."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingest.actions.base.retention import Retention
from ingest.actions.incoming.accept_envelopes import Accepted
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.fleet.actions.fit_district import PriorFileError, district_counts, drop_fitted, load_fitted, read_prior
from ingest.fleet.actions.note_counts import check_counts
from ingest.fleet.store.tables import habit_counts, line_moves, settings_mail
from ingest.fleet.store.thresholds import moves_of
from ingest.intake.downlink import Downlink
from ingest.store.base.tables import audit_log, inbox
from ingest.store.tickets.tables import ticket_history
from models.fit.counts import read_counts
from models.flag import FlagKind, Severity
from models.household.spells.district import SPELLS
from models.household.spells.habits import HabitCell
from models.wire.codec import WireError, decode, read_body
from models.wire.envelope import Envelope
from models.wire.messages import HabitCounts, Heartbeat, HomeTuning, MessageKind, ReceiptStatus, SettingsChanged
from models.wire.seal import Direction, derive_key, unseal
from tests.ingest.timers import prune
from tests.ingest.town import MASTER, NOON, Town

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def settings_in(sealed: bytes, gateway: str) -> SettingsChanged | None:
    key = derive_key(MASTER, gateway)
    _, data = unseal(lambda name: key if name == gateway else None, Direction.DOWN, sealed)
    envelope: Envelope = decode(data)
    return read_body(envelope, SettingsChanged) if envelope.kind == MessageKind.SETTINGS_CHANGED else None


async def letters(town: Town, at: datetime) -> dict[str, SettingsChanged]:
    """The settings that gateways get when the way down works."""
    got: list[tuple[str, bytes]] = []
    await Downlink(town.ctx, ReceiptWriter(town.ctx.keys), lambda *one: got.append(one), lambda: at).send_due()
    return {gateway: body for gateway, sealed in got if (body := settings_in(sealed, gateway)) is not None}


async def resolved(
    town: Town,
    at: datetime,
    outcome: Outcome,
    cause: Cause,
    kind: FlagKind = FlagKind.INACTIVITY,
    home: str = "h-1",
) -> str:
    """Let a home be flagged and the desk resolve the ticket; return its id."""
    severity = Severity.CRITICAL if kind is FlagKind.SMOKE else Severity.URGENT
    ticket = await town.raise_flag(at, home=home, kind=kind, severity=severity, episode=f"e-{at.timestamp()}")
    detail = EventDetail(outcome=outcome, cause=cause)
    answer = await act_on_ticket(town.ctx, ticket, Event.RESOLVE, town.actor("dong"), at + MINUTE, detail=detail)
    assert isinstance(answer, Acted), answer
    return ticket


def beat(settings: str) -> Heartbeat:
    return Heartbeat("1", NOON, 60, 0, 0.0, clock_trusted=True, settings=settings)


async def test_a_visit_for_nothing_raises_the_homes_line_and_the_history_says_so(town: Town) -> None:
    ticket = await resolved(town, NOON, Outcome.HABIT, Cause.HABIT)
    assert (await town.history(ticket))[-2:] == ["resolve", "line_moved"]
    (row,) = [one for one in await town.rows(ticket_history, ticket_id=ticket) if one["event"] == "line_moved"]
    assert row["actor"] is None
    assert "0 visits were needed, 1 was not" in row["detail_json"]["text_en"]
    async with town.ctx.db.read() as connection:
        (move,) = await moves_of(connection, "h-1")
    assert (move.rule, move.before, move.after, move.ticket_id) == ("inactivity", 1.0, 1.048, ticket)
    assert await letters(town, NOON + 2 * MINUTE) == {
        "gw-1": SettingsChanged((await revision(town)), [HomeTuning("h-1", 1.048)])
    }


async def revision(town: Town) -> str:
    """The revision that goes down when it is asked for once more."""
    return (await letters(town, NOON + DAY))["gw-1"].revision


async def test_settings_go_down_again_and_again_until_the_gateway_watches_by_them(town: Town) -> None:
    await resolved(town, NOON, Outcome.HELPED, Cause.FALL)
    at = NOON + 2 * MINUTE
    first = (await letters(town, at))["gw-1"]
    assert first.homes == [HomeTuning("h-1", 0.9)]
    assert await letters(town, at + timedelta(seconds=14)) == {}
    assert await letters(town, at + timedelta(seconds=15)) == {"gw-1": first}
    await town.take(town.sealed(beat(first.revision)), now=at + MINUTE)
    assert await letters(town, at + DAY) == {}
    (mail,) = await town.rows(settings_mail, gateway_id="gw-1")
    assert (mail["confirmed"], mail["due_at"]) == (first.revision, None)
    await town.take(town.sealed(beat("")), now=at + DAY)
    assert await letters(town, at + DAY) == {"gw-1": first}, "its state file was lost"


async def test_five_visits_for_nothing_and_a_fall_then(town: Town) -> None:
    for number in range(5):
        await resolved(town, NOON + number * DAY, Outcome.HABIT, Cause.UNHEARD)
    await resolved(town, NOON + 5 * DAY, Outcome.HOSPITAL, Cause.FALL)
    async with town.ctx.db.read() as connection:
        moves = (await moves_of(connection, "h-1"))[::-1]
    raised = [round(move.after - move.before, 3) for move in moves[:5]]
    assert all(0 < step <= 0.05 for step in raised)
    assert moves[5].after == round(moves[4].after - 0.1, 3)
    assert (moves[5].needed, moves[5].needless) == (1, 5)
    assert (await letters(town, NOON + 6 * DAY))["gw-1"].homes == [HomeTuning("h-1", moves[5].after)]


@pytest.mark.parametrize(
    ("kind", "outcome", "cause"),
    [
        (FlagKind.SMOKE, Outcome.HABIT, Cause.COOKING),
        (FlagKind.SMOKE, Outcome.HELPED, Cause.FIRE),
        (FlagKind.RUNNING_WATER, Outcome.HABIT, Cause.HABIT),
        (FlagKind.INACTIVITY, Outcome.AWAY, Cause.AWAY),
        (FlagKind.INACTIVITY, Outcome.DEVICE, Cause.DEVICE),
    ],
)
async def test_smoke_and_what_says_nothing_of_habits_move_no_line(
    town: Town, kind: FlagKind, outcome: Outcome, cause: Cause
) -> None:
    ticket = await resolved(town, NOON, outcome, cause, kind)
    assert await town.count(line_moves) == 0
    assert await letters(town, NOON + MINUTE) == {}
    assert (await town.history(ticket))[-1] == "resolve"


async def test_outcomes_of_half_a_year_ago_no_longer_count(town: Town) -> None:
    await resolved(town, NOON, Outcome.HABIT, Cause.HABIT)
    await resolved(town, NOON + 181 * DAY, Outcome.HABIT, Cause.HABIT)
    async with town.ctx.db.read() as connection:
        moves = await moves_of(connection, "h-1")
    assert len(moves) == 1, "one label wants 1.048, and there it stands"


async def test_a_home_is_judged_by_its_own_tickets(town: Town) -> None:
    await resolved(town, NOON, Outcome.HELPED, Cause.FALL, home="h-2")
    await resolved(town, NOON + DAY, Outcome.HABIT, Cause.HABIT, home="h-1")
    assert (await letters(town, NOON + 2 * DAY))["gw-1"].homes == [HomeTuning("h-1", 1.048), HomeTuning("h-2", 0.9)]


WEEK = "2026-11-16"


def counts(week: str = WEEK, homes: int = 6, cells: list[list[int]] | None = None) -> HabitCounts:
    return HabitCounts(week, homes, [[0, 18, 8, 40], [1, 40, 3, 12]] if cells is None else cells)


async def status(town: Town, body: HabitCounts, gateway: str = "gw-1") -> ReceiptStatus:
    (answer,) = await town.take(town.sealed(body, gateway=gateway))
    assert isinstance(answer, Accepted)
    return answer.line.status


async def test_a_gateways_week_is_kept_once_and_the_later_word_replaces(town: Town) -> None:
    assert await status(town, counts()) is ReceiptStatus.STORED
    assert await status(town, counts(homes=7, cells=[[0, 18, 8, 41]])) is ReceiptStatus.STORED
    assert await status(town, counts("2026-11-09")) is ReceiptStatus.STORED
    rows = {row["week"]: row for row in await town.rows(habit_counts)}
    assert set(rows) == {WEEK, "2026-11-09"}
    assert (rows[WEEK]["homes"], rows[WEEK]["cells_json"]) == (7, [[0, 18, 8, 41]])


@pytest.mark.parametrize(
    "body",
    [
        counts(homes=4),
        counts(homes=0),
        counts("2026-11-17"),
        counts("2026-W47"),
        counts("20261116"),
        counts("2026-11-30"),
        counts(cells=[[0, 48, 8, 1]]),
        counts(cells=[[2, 1, 8, 1]]),
        counts(cells=[[0, 1, 8, 0]]),
        counts(cells=[[0, 1, 8]]),
        counts(cells=[[0, 1, 8, 10**9]]),
        counts(cells=[[0, 1, 8, 1], [0, 1, 8, 1]]),
    ],
)
def test_what_no_gateway_of_ours_would_send_is_refused_by_name(body: HabitCounts) -> None:
    with pytest.raises(WireError, match="habit_counts: "):
        check_counts(body, NOON)


async def test_counts_of_too_few_homes_are_refused_and_never_kept(town: Town) -> None:
    assert await status(town, counts(homes=4)) is ReceiptStatus.REFUSED
    (row,) = await town.rows(inbox)
    assert "fewer hide nobody" in row["detail"]
    assert await town.count(habit_counts) == 0


async def test_an_areas_counts_go_out_for_the_fit_a_gateway_a_line_and_without_names(town: Town) -> None:
    await status(town, counts())
    await status(town, counts("2026-11-09", homes=8, cells=[[0, 18, 8, 2]]))
    await status(town, counts(cells=[[1, 1, 1, 5]]), gateway="gw-2")
    text, gateways = await district_counts(town.ctx, "hs", NOON.date() - 26 * timedelta(weeks=1))
    assert gateways == 2
    assert "gw-" not in text
    first, second = read_counts(text)
    assert (first.homes, first.cells) == (8, {HabitCell(0, 18, 8): 42, HabitCell(1, 40, 3): 12})
    assert second.cells == {HabitCell(1, 1, 1): 5}
    assert (await district_counts(town.ctx, "c2", NOON.date() - timedelta(weeks=26)))[1] == 1
    assert (await district_counts(town.ctx, "hs", NOON.date()))[1] == 0, "too long ago"
    with pytest.raises(PriorFileError, match="there is no area 'nowhere'"):
        await district_counts(town.ctx, "nowhere", NOON.date())


def prior(factor: float = 1.5) -> str:
    rows = {name: [[round(m * factor) for m in row] for row in SPELLS[name == "on"]] for name in ("off", "on")}
    return json.dumps({"version": 1, "homes": 300, **rows})


async def test_a_fitted_prior_holds_for_the_gateways_of_its_area_the_nearest_first(town: Town) -> None:
    assert await load_fitted(town.ctx, "hs", prior(1.5), NOON) == 2
    assert await load_fitted(town.ctx, "c2", prior(2.0), NOON) == 1
    told = await letters(town, NOON)
    held = {gateway: body.prior.off[20][6] if body.prior else None for gateway, body in told.items()}
    assert held == {"gw-1": round(SPELLS[False][20][6] * 1.5), "gw-2": round(SPELLS[False][20][6] * 2.0)}
    assert await drop_fitted(town.ctx, "c2", NOON + DAY) == 1
    again = (await letters(town, NOON + DAY))["gw-2"]
    assert again.prior is not None
    assert again.prior.off[20][6] == held["gw-1"]
    await drop_fitted(town.ctx, "hs", NOON + 2 * DAY)
    assert (await letters(town, NOON + 2 * DAY))["gw-1"] == SettingsChanged(""), "the shipped one again"
    events = [row["event"] for row in await town.rows(audit_log) if row["event"].startswith("prior")]
    assert events == ["prior_loaded", "prior_loaded", "prior_dropped", "prior_dropped"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no prior"),
        ("[]", "this is no prior"),
        (prior().replace('"version": 1', '"version": 2'), "of version 2"),
        (prior().replace('"homes": 300', '"homes": 29'), "29 homes: fewer than 30"),
        (prior(5.0), "can't be used: off, half hour 0: further than 4 times"),
    ],
)
def test_a_prior_that_can_not_be_used_is_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(PriorFileError, match=said):
        read_prior(text)


async def test_a_prior_that_was_refused_reaches_no_gateway(town: Town) -> None:
    with pytest.raises(PriorFileError):
        await load_fitted(town.ctx, "hs", prior(5.0), NOON)
    with pytest.raises(PriorFileError, match="nothing to take back"):
        await drop_fitted(town.ctx, "hs", NOON)
    assert await letters(town, NOON) == {}


async def test_counts_of_a_year_ago_are_forgotten(town: Town) -> None:
    await status(town, counts())
    await status(town, counts("2026-11-09"))
    await prune(town.ctx, Retention(), datetime(2027, 11, 15, tzinfo=UTC))
    assert [row["week"] for row in await town.rows(habit_counts)] == [WEEK]
