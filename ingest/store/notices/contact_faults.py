"""Contact faults: addresses that can not be right, for somebody to mend; and who was asked at a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket import LIVE, Status
from ingest.store.base.database import upsert
from ingest.store.base.tables import areas, people, person_channels
from ingest.store.notices.tables import contact_faults, notices
from ingest.store.tickets.tables import tickets

ANSWERS_WITHIN = timedelta(hours=48)
"""So long a text message is an answer to what was asked before."""


@dataclass(frozen=True, slots=True)
class ContactFault:
    """One address that is still somebody's and can not be right. The address itself is for who mends it."""

    person_id: str
    name: str
    area_id: str
    channel: str
    address: str
    reason: str
    times: int
    first_at: datetime
    last_at: datetime


async def note_fault(connection: AsyncConnection, notice: RowMapping, reason: str, now: datetime) -> None:
    """Write down that the address of a notice can not be right."""
    key = {name: notice[name] for name in ("person_id", "channel", "address")}
    fresh = {"reason": reason, "times": 1, "first_at": now, "last_at": now, "settled_at": None}
    statement = upsert(connection, contact_faults).values({**key, **fresh})
    again = {"reason": reason, "times": contact_faults.c.times + 1, "last_at": now, "settled_at": None}
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=again))


async def settle_fault(connection: AsyncConnection, notice: RowMapping, now: datetime) -> None:
    """Write down that the address of a notice is right after all: it reached somebody."""
    which = [contact_faults.c[name] == notice[name] for name in ("person_id", "channel", "address")]
    settled = update(contact_faults).where(*which, contact_faults.c.settled_at.is_(None)).values(settled_at=now)
    await connection.execute(settled)


async def faults_in(connection: AsyncConnection, scope: str) -> list[ContactFault]:
    """Return the faults of people of a subtree, the newest first; a mended address is none any more."""
    query = (
        select(contact_faults, people.c.name, people.c.area_id)
        .join(people, people.c.person_id == contact_faults.c.person_id)
        .join(areas, areas.c.area_id == people.c.area_id)
        .join(
            person_channels,
            (person_channels.c.person_id == contact_faults.c.person_id)
            & (person_channels.c.channel == contact_faults.c.channel)
            & (person_channels.c.address == contact_faults.c.address),
        )
        .where(contact_faults.c.settled_at.is_(None), areas.c.path.startswith(scope, autoescape=True))
        .order_by(contact_faults.c.last_at.desc(), contact_faults.c.person_id)
    )
    names = ContactFault.__slots__
    rows = (await connection.execute(query)).mappings().all()
    return [ContactFault(**{name: row[name] for name in names}) for row in rows]


async def asked_by_number(
    connection: AsyncConnection, vendor: str, number: str, now: datetime, country: str = "+86"
) -> Sequence[RowMapping]:
    """Return what a number was asked lately over this vendor and can still be answered: a notice for each ticket.

    Of what is over, the newest alone, so that who answers late hears that. Numbers are compared with and without the
    country's.
    """
    bare = number.removeprefix(country)
    query = (
        select(notices, tickets.c.status.label("ticket_status"))
        .join(tickets, tickets.c.ticket_id == notices.c.ticket_id)
        .where(
            notices.c.channel == vendor,
            notices.c.address.in_([number, bare, f"{country}{bare}"]),
            notices.c.purpose.in_([Purpose.ASKED.value, Purpose.OFFERED.value, Purpose.CHECK_IN.value]),
            notices.c.status == "delivered",
            notices.c.delivered_at > now - ANSWERS_WITHIN,
        )
        .order_by(notices.c.delivered_at.desc(), notices.c.created_at.desc())
    )
    rows = (await connection.execute(query)).mappings().all()
    if rows and rows[0]["purpose"] == Purpose.CHECK_IN and rows[0]["ticket_status"] == Status.ON_SITE:
        return rows[:1]  # asked a minute ago whether all is well: that goes before what else they were asked
    newest: dict[str, RowMapping] = {}
    for row in rows:
        newest.setdefault(row["ticket_id"], row)
    at_home = [row for row in newest.values() if not row["link"]]
    if at_home:
        return at_home[:1]  # one home, whatever the ticket
    live = [row for row in newest.values() if row["ticket_status"] in LIVE and row["ticket_status"] != "resolved"]
    return live or list(newest.values())[:1]
