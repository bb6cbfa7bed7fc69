"""A fall is found and told as what it was: from then on a silence in that home, and in no other, is told sooner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.watch.tuning import FACT, recalled, tuned
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.fleet.store.tables import settings_mail
from ingest.intake.downlink import Downlink
from ingest.store.ledger.home_states import Watch, home_status_of
from ingest.store.tickets.tables import ticket_history, tickets
from models.flag import FlagKind
from models.wire.codec import decode, read_body
from models.wire.messages import Heartbeat, HomeWatchState, SettingsChanged
from models.wire.seal import Direction, derive_key, unseal
from simulators.people.incidents import Incident, IncidentKind
from tests.ingest.town import MASTER, Remembering, Town
from tests.story.street import GATEWAY, POLL, Street, build_street

MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
FALLS = MIDNIGHT + timedelta(hours=10)


@pytest.fixture
async def street(town: Town, tmp_path: Path) -> AsyncIterator[Street]:
    fall = Incident(IncidentKind.FALL, FALLS.timestamp(), (FALLS + timedelta(hours=48)).timestamp())
    channels = {"sms": Remembering(), "voice": Remembering()}
    built = build_street(town, tmp_path, channels, MIDNIGHT, {"h-1": [fall], "h-2": []})
    yield built
    built.store.close()


def watched(street: Street) -> dict[str, HomeWatchState]:
    return {one.home: one for one in street.watcher.watch_states(street.clock.at)}


async def beat(street: Street, settings: str) -> None:
    """The gateway's heartbeat, as the app makes it."""
    homes = list(watched(street).values())
    heartbeat = Heartbeat("1", MIDNIGHT, 60, 0, 0.0, clock_trusted=True, homes=homes, settings=settings)
    street.post.beat(heartbeat)
    await street.carry()


async def brought_down(street: Street) -> SettingsChanged:
    letters: list[bytes] = []
    down = Downlink(street.town.ctx, street.receipts, lambda _, sealed: letters.append(sealed), lambda: street.clock.at)
    await down.send_due()
    (sealed,) = letters
    _, data = unseal({GATEWAY: derive_key(MASTER, GATEWAY)}.get, Direction.DOWN, sealed)
    return read_body(decode(data), SettingsChanged)


async def test_who_had_really_fallen_is_watched_more_closely_from_then_on(town: Town, street: Street) -> None:
    own = {home: state.settings for home, state in street.watcher.states.items()}
    while not (found := await town.rows(tickets, kind=FlagKind.INACTIVITY.value)):
        assert street.clock.at < FALLS + timedelta(hours=48), "nobody noticed"
        street.poll()
        await street.carry()
        street.clock.at += POLL
    (ticket,) = found
    assert ticket["home_id"] == "h-1"
    await beat(street, "")
    async with town.ctx.db.read() as connection:
        stands = await home_status_of(connection, "h-2")
    assert stands is not None
    assert stands.watch is Watch.WATCHED
    assert stands.noticed_by is not None
    assert stands.noticed_by > street.clock.at

    detail = EventDetail(outcome=Outcome.HOSPITAL, cause=Cause.FALL)
    answer = await act_on_ticket(
        town.ctx, ticket["ticket_id"], Event.RESOLVE, town.actor("dong"), street.clock.at, detail=detail
    )
    assert isinstance(answer, Acted)
    moved = [row for row in await town.rows(ticket_history) if row["event"] == "line_moved"]
    assert "a shorter silence is told" in moved[0]["detail_json"]["text_en"]

    changed = await brought_down(street)
    before = watched(street)
    street.pipeline.tell_settings(changed, tuned(own, changed), street.clock.at)
    after = watched(street)
    assert (after["h-1"].line_scale, after["h-2"].line_scale) == (0.9, 1.0)
    assert before["h-1"].notice_by is not None
    assert after["h-1"].notice_by is not None
    assert after["h-1"].notice_by < before["h-1"].notice_by, "a fall now would be noticed sooner"
    assert after["h-2"].notice_by == before["h-2"].notice_by
    assert recalled(street.store.fact(FACT), own)[0] == changed.revision, "and so it is after a restart"

    await beat(street, changed.revision)
    (mail,) = await town.rows(settings_mail, gateway_id=GATEWAY)
    assert (mail["confirmed"], mail["due_at"]) == (changed.revision, None)
