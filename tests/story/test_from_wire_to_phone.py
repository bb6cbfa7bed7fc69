"""From the wire to the phone: hours of a street in seconds, with every byte, row and message real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.channels.registry import build_channels
from ingest.domain.tickets.ticket import Event, Refused
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import flags, ticket_history, tickets
from models.flag import FlagKind
from simulators.people.incidents import Incident, IncidentKind, MeterKind
from simulators.vendors.server import Vendor
from tests.ingest.town import Town
from tests.story.street import Street, build_street

MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
"""Local midnight of 24 November 2026."""


def _at(hours: float) -> float:
    return (MIDNIGHT + timedelta(hours=hours)).timestamp()


def _street(town: Town, folder: Path, vendor: Vendor, **incidents: list[Incident]) -> Street:
    token = folder / "token"
    token.write_text("t")
    kinds = {"sms": "sms_http", "voice": "voice_http"}
    doors = {"sms": "/sms/send", "voice": "/voice/call"}
    table = {
        name: {"kind": kinds[name], "url": vendor.url + doors[name], "token_file": str(token)}
        for name in ("sms", "voice")
    }
    names = {name.replace("_", "-"): what for name, what in incidents.items()}
    return build_street(town, folder, build_channels(table, folder), MIDNIGHT, names)


@contextmanager
def _closing(street: Street) -> Iterator[Street]:
    try:
        yield street
    finally:
        street.store.close()


async def _of_kind(town: Town, kind: FlagKind) -> list[Any]:
    return list(await town.rows(tickets, kind=kind.value))


@pytest.fixture
def vendor() -> Any:
    with Vendor() as server:
        yield server


async def test_a_night_on_the_street_reaches_the_right_phones(town: Town, tmp_path: Path, vendor: Vendor) -> None:
    fall = Incident(IncidentKind.FALL, _at(7.2), _at(40), leaves_on=True)
    tap = Incident(IncidentKind.TAP, _at(9), _at(14), rate=7.0)
    smoke = Incident(IncidentKind.SMOKE, _at(3), _at(3.2))
    button = Incident(IncidentKind.SMOKE_TEST, _at(4), _at(4.01))
    silent = Incident(IncidentKind.UNPLUGGED, _at(5), _at(30), meters=frozenset({MeterKind.WATER}))
    built = _street(town, tmp_path, vendor, h_1=[fall], h_2=[tap], h_3=[smoke], h_4=[button], h_5=[silent], h_6=[])
    with _closing(built) as street:
        street.receipt_lost = {2, 3, 5, 8}
        await _tell(town, street, vendor, fall, smoke)


async def _tell(town: Town, street: Street, vendor: Vendor, fall: Incident, smoke: Incident) -> None:
    """What has to come of the night."""

    await street.play(MIDNIGHT + timedelta(hours=3.5))
    (alarm,) = await _of_kind(town, FlagKind.SMOKE)
    assert alarm["home_id"] == "h-3"
    assert alarm["opened_at"] - datetime.fromtimestamp(smoke.start, UTC) <= timedelta(minutes=5)
    escalated = await town.rows(ticket_history, ticket_id=alarm["ticket_id"], event="escalated")
    assert [row["detail_json"]["level"] for row in escalated][:3] == ["community", "street", "district"]
    rung = {message.to for message in vendor.messages()}
    assert len(rung) >= 5, "everybody from the compound to the district has been rung"

    await street.play(MIDNIGHT + timedelta(hours=4.5))
    assert len(await _of_kind(town, FlagKind.SMOKE)) == 1, "a test button is no alarm"
    street.clock.at += timedelta(seconds=1)
    taken = await act_on_ticket(town.ctx, alarm["ticket_id"], Event.TAKE, town.actor("vera"), street.clock.at)
    assert isinstance(taken, Acted)
    late = await act_on_ticket(town.ctx, alarm["ticket_id"], Event.TAKE, town.actor("viktor"), street.clock.at)
    assert isinstance(late, Refused)
    assert late.taken_by == "vera"

    await street.play(MIDNIGHT + timedelta(hours=22))
    (dripping,) = await _of_kind(town, FlagKind.RUNNING_WATER)
    assert dripping["home_id"] == "h-2"
    fallen = [row for row in await _of_kind(town, FlagKind.INACTIVITY) if row["home_id"] == "h-1"]
    assert len(fallen) == 1
    delay = fallen[0]["opened_at"] - datetime.fromtimestamp(fall.start, UTC)
    assert timedelta(hours=1) < delay < timedelta(hours=13), delay
    silence = await _of_kind(town, FlagKind.DEVICE_SILENT)
    assert [row["home_id"] for row in silence] == ["h-5"]
    assert not [row for row in await _of_kind(town, FlagKind.INACTIVITY) if row["home_id"] == "h-5"]

    about = await town.rows(flags, ticket_id=fallen[0]["ticket_id"])
    told = [message for message in vendor.messages() if about[0]["text_en"][:40] in message.text]
    assert told, "the sentence of the flag is what the phone shows"
    assert all("http://console.test/go/" in message.text for message in told if message.service == "sms")

    assert street.lost == 0
    assert len({row["flag_id"] for row in await town.rows(flags)}) == len(await town.rows(flags))
    assert street.pipeline.flags == len(await town.rows(flags))
    assert len({row["episode"] for row in await town.rows(tickets)}) == len(await town.rows(tickets))
    delivered = [row for row in await town.rows(notices) if row["status"] == "delivered"]
    assert len(delivered) == len(vendor.messages())
    assert all(row["due_at"] is not None for row in await town.rows(tickets) if row["status"] != "closed")
