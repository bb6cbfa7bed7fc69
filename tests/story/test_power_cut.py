"""The power goes in a compound of 60 homes: one ticket holds them all, and a smoke alarm among them has its own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.actions.upkeep.audit import audit
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import HomeEntry, PlaceFile
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import flags, ticket_homes, tickets
from models.flag import FlagKind
from models.household.common_cause.common_cause import CauseScope, ScopeKind
from simulators.people.incidents import Incident, IncidentKind
from tests.ingest.town import Remembering, Town
from tests.story.street import GATEWAY, POLL, Street, build_street

SIX = datetime(2026, 11, 24, 10, tzinfo=UTC)
"""18:00 in Ningbo: everybody is at home, and it is dark."""
MINUTE = timedelta(minutes=1)
CUT, BACK = SIX + 20 * MINUTE, SIX + 100 * MINUTE
SMOKE = SIX + 61 * MINUTE
"""A candle."""
HOMES = [f"h-{number}" for number in range(1, 61)]
BURNING = "h-17"


def _places() -> list[CauseScope]:
    """The compound as its gateway's settings have it: two lines of electricity meters, one of water, two buildings."""
    halves = {"1": HOMES[:30], "2": HOMES[30:]}
    found = [
        CauseScope(
            f"{GATEWAY}/line/e-{name}", f"e-{name}", ScopeKind.LINE, frozenset(half), frozenset(f"{h}-e" for h in half)
        )
        for name, half in halves.items()
    ]
    found += [
        CauseScope(f"{GATEWAY}/building/{name}", name, ScopeKind.BUILDING, frozenset(half))
        for name, half in halves.items()
    ]
    water = frozenset(f"{home}-w" for home in HOMES)
    found.append(CauseScope(f"{GATEWAY}/line/water", "water", ScopeKind.LINE, frozenset(HOMES), water))
    return [*found, CauseScope(GATEWAY, GATEWAY, ScopeKind.GATEWAY, frozenset(HOMES))]


def _street(town: Town, folder: Path, channel: Remembering) -> Street:
    cut = Incident(IncidentKind.POWER_CUT, CUT.timestamp(), BACK.timestamp())
    smoke = Incident(IncidentKind.SMOKE, SMOKE.timestamp(), (SMOKE + 15 * MINUTE).timestamp())
    incidents = {home: [cut, smoke] if home == BURNING else [cut] for home in HOMES}
    return build_street(town, folder, {"sms": channel, "voice": channel}, SIX, incidents, places=_places())


@pytest.fixture
async def compound(town: Town) -> Town:
    more = [HomeEntry(id=home, area="c1", gateway=GATEWAY, label=home.replace("h-", "1-")) for home in HOMES]
    await load_places(town.ctx, PlaceFile(homes=more))
    return town


async def test_a_power_cut_in_sixty_homes_is_one_ticket_and_smoke_among_them_is_another(
    compound: Town, tmp_path: Path
) -> None:
    town, phones = compound, Remembering()
    street = _street(town, tmp_path, phones)
    try:
        while street.clock.at < BACK + 40 * MINUTE:
            await street.play(street.clock.at + POLL)
            live = [row for row in await town.rows(tickets) if row["status"] != "closed"]
            assert all(row["due_at"] is not None for row in live)
            # looked at as of the worker's last round, a minute before the clock
            assert (await audit(town.ctx, street.clock.at - MINUTE)).clean
        assert street.lost == 0
    finally:
        street.store.close()

    found = {row["kind"]: row for row in await town.rows(tickets)}
    told = sorted((row["kind"], row["home_id"] or "", row["text_en"]) for row in await town.rows(tickets))
    assert len(told) == 2, told
    cut, burning = found[FlagKind.COMMON_CAUSE.value], found[FlagKind.SMOKE.value]
    held = {row["home_id"] for row in await town.rows(ticket_homes, ticket_id=cut["ticket_id"])}
    assert held == set(HOMES)
    assert "60 of 60 homes" in cut["text_en"]
    assert cut["opened_at"] - CUT <= 20 * MINUTE
    assert cut["condition"] == "cleared", "the power is back, and somebody still closes it"

    assert (burning["home_id"], burning["severity"]) == (BURNING, "critical")
    assert burning["opened_at"] - SMOKE <= POLL
    first = min(row["created_at"] for row in await town.rows(notices, ticket_id=burning["ticket_id"]))
    assert first == burning["opened_at"], "the cut holds nothing back that is about smoke"
    assert {row["kind"] for row in await town.rows(flags, ticket_id=burning["ticket_id"])} == {"smoke"}
    # nobody's phone rang sixty times: one message a person each time they were asked about the cut
    asked = Counter(row["person_id"] for row in await town.rows(notices, ticket_id=cut["ticket_id"]))
    assert max(asked.values()) <= 2, asked
