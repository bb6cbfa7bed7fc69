"""Residents, contacts and what a gateway tells of a home, for the tests of visits and families."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update

from ingest.store.base.tables import contacts, gateways, people, person_channels, residents
from ingest.store.duty.tables import responders
from ingest.store.ledger.tables import home_states
from tests.ingest.town import Town

RESIDENT, DAUGHTER, SON = "r-1", "k-daughter", "k-son"


async def move_in(town: Town, home_id: str = "h-1") -> None:
    """Let a resident of 84 live in a home, who has a daughter (two channels) and a son (none)."""
    names = {RESIDENT: "张桂英", DAUGHTER: "李娟", SON: "李军"}
    async with town.ctx.db.write() as connection:
        await connection.execute(
            insert(people),
            [
                {
                    "person_id": one,
                    "name": name,
                    "role": "volunteer",
                    "area_id": "c1",
                    "language": "zh",
                    "active": False,
                }
                for one, name in names.items()
            ],
        )
        await connection.execute(
            insert(residents).values(person_id=RESIDENT, home_id=home_id, born=1942, languages=["宁波话"])
        )
        await connection.execute(
            insert(contacts),
            [
                {"person_id": DAUGHTER, "home_id": home_id, "position": 0, "relation": "女儿", "holds_key": True},
                {"person_id": SON, "home_id": home_id, "position": 1, "relation": "儿子", "holds_key": False},
            ],
        )
        await connection.execute(
            insert(person_channels),
            [
                {"person_id": DAUGHTER, "position": 0, "channel": "sms", "address": "+8613900000001"},
                {"person_id": DAUGHTER, "position": 1, "channel": "voice", "address": "+8613900000001"},
            ],
        )


async def gateway_says(
    town: Town, at: datetime, last_sign: datetime | None, *, home_id: str = "h-1", blind: bool = False
) -> None:
    """Let the home's gateway have told at `at` how the home stands, and be heard of again within half an hour."""
    row = {
        "home_id": home_id,
        "gateway_id": "gw-1",
        "watch": "blind" if blind else "watched",
        "last_sign_at": last_sign,
        "sent_at": at,
        "at": at,
    }
    async with town.ctx.db.write() as connection:
        await connection.execute(delete(home_states).where(home_states.c.home_id == home_id))
        await connection.execute(insert(home_states).values(row))
        await connection.execute(
            update(gateways)
            .where(gateways.c.gateway_id == "gw-1")
            .values(heartbeat_due_at=at + timedelta(minutes=30), last_heartbeat_at=at)
        )


async def speaks(town: Town, person_id: str, *skills: str) -> None:
    """Give somebody skills, dialects among them."""
    async with town.ctx.db.write() as connection:
        await connection.execute(
            update(responders).where(responders.c.person_id == person_id).values(skills=list(skills))
        )
