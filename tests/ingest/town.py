"""A small invented town, the gateways' side of the wire, and a channel that remembers: for the ingester's tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Table, func, select

from ingest.actions.base.context import ActionContext
from ingest.actions.base.secrets import MasterKey
from ingest.actions.incoming.accept_envelopes import Accepted, Arrival, Denied, accept_envelopes
from ingest.channels.contract import Delivered, Delivery, OutgoingNotice
from ingest.domain.base.areas import Level
from ingest.domain.base.people import Actor, Role
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import (
    AreaEntry,
    ChannelEntry,
    GatewayEntry,
    HomeEntry,
    PersonEntry,
    PlaceFile,
    PlanEntry,
)
from ingest.store.base.database import Database
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import ticket_history, tickets
from ingest.wings import WINGS
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.codec import encode, kind_of, write_body
from models.wire.envelope import Envelope
from models.wire.messages import Body, FlagBody, ReceiptStatus
from models.wire.seal import Direction, derive_key, seal

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MASTER = bytes(range(32))

PEOPLE: dict[str, tuple[Role, str]] = {
    "vera": (Role.VOLUNTEER, "c1"),
    "viktor": (Role.VOLUNTEER, "c1"),
    "vanya": (Role.VOLUNTEER, "c2"),
    "sun": (Role.SOCIAL_WORKER, "com"),
    "sheng": (Role.SOCIAL_WORKER, "str"),
    "dong": (Role.DISPATCHER, "hs"),
    "ding": (Role.DISPATCHER, "hs"),
    "admin": (Role.ADMINISTRATOR, "hs"),
    "other": (Role.DISPATCHER, "jb"),
}
PATHS = {
    "hs": "/hs/",
    "jb": "/jb/",
    "str": "/hs/str/",
    "com": "/hs/str/com/",
    "c1": "/hs/str/com/c1/",
    "c2": "/hs/str/com/c2/",
}


def places() -> PlaceFile:
    """The town as a place file."""
    steps = [
        {"level": "compound", "to": "volunteers", "answer_s": 60},
        {"level": "community", "to": "social_workers", "answer_s": 120},
        {"level": "street", "to": "everyone", "answer_s": 120},
        {"level": "district", "to": "dispatchers", "answer_s": 300},
    ]
    return PlaceFile(
        areas=[
            AreaEntry(id="hs", level=Level.DISTRICT, name_zh="海曙区", name_en="Haishu"),
            AreaEntry(id="jb", level=Level.DISTRICT, name_zh="江北区", name_en="Jiangbei"),
            AreaEntry(id="str", parent="hs", level=Level.STREET, name_zh="一街", name_en="Street"),
            AreaEntry(id="com", parent="str", level=Level.COMMUNITY, name_zh="一社区", name_en="Community"),
            AreaEntry(id="c1", parent="com", level=Level.COMPOUND, name_zh="一小区", name_en="Compound 1"),
            AreaEntry(id="c2", parent="com", level=Level.COMPOUND, name_zh="二小区", name_en="Compound 2"),
        ],
        gateways=[GatewayEntry(id="gw-1", area="c1"), GatewayEntry(id="gw-2", area="c2")],
        homes=[
            *(HomeEntry(id=f"h-{n}", area="c1", gateway="gw-1", label=f"1-{n}") for n in range(1, 21)),
            HomeEntry(id="k-1", area="c2", gateway="gw-2", label="2-1"),
        ],
        people=[
            PersonEntry(
                id=name,
                name=name.title(),
                role=role,
                area=area,
                language="en",
                channels=[
                    ChannelEntry(kind="sms", address=f"+86138{number:08}"),
                    ChannelEntry(kind="voice", address=f"+86139{number:08}"),
                ],
            )
            for number, (name, (role, area)) in enumerate(PEOPLE.items())
        ],
        plans=[PlanEntry(id="alarm", area="hs", severities=[Severity.CRITICAL, Severity.URGENT], steps=steps)],
    )


async def build_town(db: Database) -> Town:
    """Write the town into a migrated database."""
    ctx = ActionContext(db, MasterKey(MASTER), "http://console.test", WINGS)
    await load_places(ctx, places())
    return Town(ctx)


@dataclass
class Town:
    """The town, with short words for what tests do in it."""

    ctx: ActionContext
    sent: int = 0

    def actor(self, name: str) -> Actor:
        role, area = PEOPLE[name]
        return Actor(name, role, PATHS[area])

    def sealed(
        self, body: Body | dict[str, Any], *, gateway: str = "gw-1", message_id: str | None = None, **changes: Any
    ) -> bytes:
        """Return `body` as the gateway would send it; `changes` go into the envelope."""
        self.sent += 1
        fields: dict[str, Any] = {
            "message_id": message_id or f"m-{self.sent}",
            "gateway_id": gateway,
            "boot_id": "boot-1",
            "seq": self.sent,
            "sent_at": NOON,
            "kind": changes.pop("kind", None) or ("?" if isinstance(body, dict) else kind_of(body).value),
            "body": body if isinstance(body, dict) else write_body(body),
        }
        return seal(derive_key(MASTER, gateway), gateway, Direction.UP, encode(Envelope(**{**fields, **changes})))

    async def take(self, *sealed: bytes, now: datetime = NOON) -> list[Accepted | Denied]:
        return await accept_envelopes(self.ctx, [Arrival(one) for one in sealed], now)

    async def raise_flag(self, now: datetime = NOON, gateway: str = "gw-1", **changes: Any) -> str:
        """Send a flag and return the id of the ticket its episode has then."""
        body = flag(**changes)
        (answer,) = await self.take(self.sealed(body, gateway=gateway), now=now)
        assert isinstance(answer, Accepted)
        assert answer.line.status is ReceiptStatus.STORED, answer.line.detail
        rows = await self.rows(tickets)
        return str(max(rows, key=lambda row: row["opened_at"])["ticket_id"])

    async def rows(self, table: Table, **where: Any) -> Sequence[RowMapping]:
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        async with self.ctx.db.read() as connection:
            return (await connection.execute(query)).mappings().all()

    async def ticket(self, ticket_id: str) -> RowMapping:
        (row,) = await self.rows(tickets, ticket_id=ticket_id)
        return row

    async def count(self, table: Table) -> int:
        async with self.ctx.db.read() as connection:
            return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())

    async def history(self, ticket_id: str) -> list[str]:
        rows = await self.rows(ticket_history, ticket_id=ticket_id)
        return [row["event"] for row in sorted(rows, key=lambda row: row["number"])]

    async def told(self, ticket_id: str) -> set[str]:
        """Who has a notice about the ticket that is not cancelled."""
        rows = await self.rows(notices, ticket_id=ticket_id)
        return {row["person_id"] for row in rows if row["status"] != "cancelled"}


def flag(**changes: Any) -> FlagBody:
    """A smoke flag of home h-1, unless told otherwise."""
    number = changes.pop("number", 0)
    episode = changes.pop("episode", "e-1")
    fields: dict[str, Any] = {
        "flag_id": f"{episode}.{number}",
        "episode": episode,
        "number": number,
        "home": "h-1",
        "kind": FlagKind.SMOKE,
        "severity": Severity.CRITICAL,
        "event": FlagEvent.RAISED,
        "at": NOON,
        "since": NOON - timedelta(minutes=1),
        "score": 1.0,
        "reason": "smoke_alarm",
        "text_zh": "烟雾探测器报警。",
        "text_en": "The smoke detector sounds.",
        "facts": {"device": "s-1"},
    }
    return FlagBody(**{**fields, **changes})


@dataclass
class Remembering:
    """A channel that keeps what it was given and answers as told."""

    answers: list[Delivery] = field(default_factory=list)
    got: list[OutgoingNotice] = field(default_factory=list)

    async def send(self, notice: OutgoingNotice) -> Delivery:
        self.got.append(notice)
        return self.answers.pop(0) if self.answers else Delivered(f"v-{len(self.got)}")
