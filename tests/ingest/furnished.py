"""The street with all that the pages of managers, installers and households show; for browsers and for pictures."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import insert, update

from ingest.domain.ledger.absence import Way
from ingest.families.actions.family_consent import Wish, give_consent
from ingest.families.domain.family import Agreed
from ingest.store.base.tables import gateways, homes
from ingest.store.duty.tables import responders
from ingest.store.ledger.tables import home_states, usage_hours
from ingest.visits.actions.plan_visits import plan_visits
from tests.ingest.kin import DAUGHTER, SOCIAL, settle
from tests.ingest.street import Street

MEALS = (6, 7, 11, 12, 17, 18, 20)
"""Hours in which somebody is nearly always up and about."""


async def furnish(street: Street) -> None:
    """A household with a consent, a gateway that is heard, seven weeks of hours, an installer, a month of visits."""
    now = street.clock()
    await settle(street, now - timedelta(minutes=10))
    agreed = Agreed(updates=True, morning=False, may_tell_away=True, morning_by=None)
    await give_consent(street.ctx, "h-001", Wish(DAUGHTER, agreed, "陈秀英", Way.IN_PERSON), SOCIAL, now)
    today = now.astimezone(street.deps.zone).date()
    await plan_visits(street.ctx, "gulou", "/gulou/", f"{today:%Y-%m}", today=today, now=now)
    device = {"device": "w-1", "home": "h-001", "last_heard": now.isoformat(), "answers": 7}
    beat = {"devices": [device], "homes": [{"home": "h-001"}], "version": "0.1.0"}
    hours = [row for home in ("h-001", "h-002", "h-003") for row in _hours_of(home, now)]
    async with street.ctx.db.write() as connection:
        row = {"gateway_id": "gw-a", "area_id": "yard-a", "last_heartbeat_at": now, "heartbeat_json": beat}
        await connection.execute(insert(gateways).values(**row, heartbeat_due_at=now + timedelta(hours=1)))
        await connection.execute(update(homes).where(homes.c.home_id == "h-001").values(gateway_id="gw-a"))
        await connection.execute(update(home_states).values(gateway_id="gw-a"))
        await connection.execute(insert(responders).values(person_id="p-vol", kind="installer", skills=[]))
        for first in range(0, len(hours), 400):
            await connection.execute(insert(usage_hours), hours[first : first + 400])


def _hours_of(home: str, now: datetime) -> list[dict[str, object]]:
    """Return the hours of somebody who goes out for the day now and then and tells nobody."""
    chance, rows = Random(home), []
    last = now.replace(minute=0, second=0, microsecond=0)
    for number in range(49 * 24):
        start = last - timedelta(hours=number + 1)
        hour = (start.hour + 8) % 24
        out = Random(f"{home} {start:%j}").random() < 0.12 and 8 <= hour < 20
        signs = int(6 <= hour <= 21 and not out and chance.random() < (0.9 if hour in MEALS else 0.55))
        row = {"home_id": home, "start": start, "water_l": 5.0 * signs, "energy_wh": 50.0, "quality": "full"}
        rows.append({**row, "signs": signs, "boot_id": "b", "seq": number, "sent_at": now})
    return rows
