"""Connections: what does not work is seen by the desk whose people it concerns, and by nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from ingest.outward.actions.forward_events import agree_on_forwarders
from ingest.outward.forwarders.settings import WantedEvents
from ingest.outward.store.tables import forwarders
from ingest.store.base.tables import person_channels
from ingest.store.notices.tables import contact_faults
from tests.ingest.reader import Reader
from tests.ingest.street import Street


@pytest.fixture
async def broken(street: Street) -> Street:
    """A centre out of reach for an hour, one that works, and a volunteer whose number is none."""
    now = street.clock()
    await agree_on_forwarders(street.ctx, {"city": ("webhook", WantedEvents()), "fire": ("gbt26875", WantedEvents())})
    await street.ticket()
    async with street.ctx.db.write() as connection:
        failing = {"failing_since": now - timedelta(hours=1), "last_error": "platform.example: ConnectError"}
        await connection.execute(update(forwarders).where(forwarders.c.name == "city").values(failing))
        way = {"person_id": "p-vol", "channel": "sms", "address": "12-ab"}
        await connection.execute(insert(person_channels).values(**way, position=9))
        fault = {"reason": "sms: the address is not a telephone number", "times": 3, "first_at": now, "last_at": now}
        await connection.execute(insert(contact_faults).values({**way, **fault}))
    return street


async def test_the_desk_sees_which_centre_fails_and_whose_number_is_wrong(broken: Street, reader: Reader) -> None:
    await reader.become(broken, "night")
    page = (await reader.get("/connections")).text
    for words in ("platform.example: ConnectError", "Fails<", "Works", "12-ab", "not a telephone number"):
        assert words in page
    centres = (await reader.get("/api/v1/forwarders")).json()["forwarders"]
    assert [(one["name"], one["waiting"], one["lost"]) for one in centres] == [("city", 1, 0), ("fire", 1, 0)]
    (fault,) = (await reader.get("/api/v1/contact-faults")).json()["contact_faults"]
    assert (fault["person_id"], fault["channel"], fault["times"]) == ("p-vol", "sms", 3)


async def test_an_address_that_was_mended_is_gone(broken: Street, reader: Reader) -> None:
    async with broken.ctx.db.write() as connection:
        here = person_channels.c.address == "12-ab"
        await connection.execute(update(person_channels).where(here).values(address="+8613800000099"))
    await reader.become(broken, "night")
    assert (await reader.get("/api/v1/contact-faults")).json() == {"contact_faults": []}


@pytest.mark.parametrize("path", ["/connections", "/api/v1/contact-faults", "/api/v1/forwarders"])
async def test_it_is_nobody_elses_business(broken: Street, reader: Reader, path: str) -> None:
    assert (await reader.get(path)).status_code in {303, 401}
    await reader.become(broken, "vol")
    assert (await reader.get(path)).status_code == 404
