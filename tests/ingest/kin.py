"""A household for the tests of pages: a resident of h-001 with a daughter, links to their page, and a roster."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from ingest.actions.base.links import make_personal_token
from ingest.domain.base.people import Actor, Role
from ingest.families.actions.household_links import make_household_link
from ingest.store.base.tables import contacts, people, person_channels, residents, stations
from ingest.store.duty.tables import open_shifts, rosters
from ingest.store.ledger.tables import home_states
from tests.ingest.street import Street

MOTHER, DAUGHTER = "r-chen", "k-chen"
SOCIAL = Actor("p-social", Role.SOCIAL_WORKER, "/gulou/ninghai/")


async def settle(street: Street, last_sign: datetime | None = None) -> None:
    """Let the household be written down, and its home be watched."""
    row = {"role": "volunteer", "area_id": "yard-a", "active": False}
    async with street.ctx.db.write() as connection:
        await connection.execute(
            insert(people),
            [
                {"person_id": MOTHER, "name": "陈秀英", "language": "zh", **row},
                {"person_id": DAUGHTER, "name": "Chen Li", "language": "en", **row},
            ],
        )
        await connection.execute(insert(residents).values(person_id=MOTHER, home_id="h-001", born=1940, languages=[]))
        await connection.execute(
            insert(contacts).values(person_id=DAUGHTER, home_id="h-001", position=0, relation="女儿", holds_key=True)
        )
        await connection.execute(
            insert(person_channels).values(person_id=DAUGHTER, position=0, channel="sms", address="+8613900009999")
        )
        await connection.execute(
            insert(stations).values(
                station_id="s-1", area_id="ninghai", name_zh="站", name_en="Station", phone="+862583009999"
            )
        )
        if last_sign is not None:
            state = {"home_id": "h-001", "gateway_id": "g", "watch": "watched", "last_sign_at": last_sign}
            await connection.execute(insert(home_states).values(**state, sent_at=last_sign, at=last_sign))


async def house_page(street: Street, person_id: str) -> str:
    """Return the path of the household's page for somebody."""
    link = await make_household_link(street.ctx, "h-001", person_id, SOCIAL, street.clock())
    return str(link).removeprefix("http://testserver")


def my_page(street: Street, person_id: str) -> str:
    """Return the path of somebody's own page."""
    return f"/my/{make_personal_token(street.ctx.keys, person_id, street.clock() + timedelta(hours=2))}"


async def post_roster(street: Street) -> None:
    """Let 王桂芳 and 李建国 take turns of a day at their community, and one shift be open the day after tomorrow."""
    turns = [{"starts": "2026-11-01", "at": "08:00", "every_days": 1, "turns": [["p-vol"], ["p-volb"]], "windows": []}]
    begins = street.clock().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    async with street.ctx.db.write() as connection:
        await connection.execute(
            insert(rosters).values(
                roster_id="r", area_id="erban", name="二板桥值班", timezone="Asia/Shanghai", rotations_json=turns
            )
        )
        shift = {"shift_id": "s-open", "roster_id": "r", "starts": begins, "ends": begins + timedelta(hours=4)}
        await connection.execute(insert(open_shifts).values(**shift, places=1))
