"""A small place with people, homes and tickets, for the tests of the web part and of the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pwdlib import PasswordHash
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.base.links import make_token
from ingest.actions.base.secrets import MasterKey
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.notices.push import PushOffer
from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Database
from ingest.store.base.tables import areas, homes, people, person_channels
from ingest.store.ledger.tables import usage_hours
from ingest.web.base.site_context import SiteDeps
from ingest.wings import WINGS
from models.flag import FlagKind, Severity

PASSWORD = "correct horse 电池"
PASSWORD_HASH = PasswordHash.recommended().hash(PASSWORD)
NOON = datetime(2026, 11, 23, 4, 0, 30, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""

_AREAS = [
    ("gulou", None, "district", "鼓楼区", "Gulou District", "/gulou/"),
    ("ninghai", "gulou", "street", "宁海路街道", "Ninghai Road Street", "/gulou/ninghai/"),
    ("erban", "ninghai", "community", "二板桥社区", "Erbanqiao Community", "/gulou/ninghai/erban/"),
    ("yard-a", "erban", "compound", "梧桐里小区", "Wutongli Compound", "/gulou/ninghai/erban/yard-a/"),
    ("yard-b", "erban", "compound", "银杏苑小区", "Yinxingyuan Compound", "/gulou/ninghai/erban/yard-b/"),
    ("qinhuai", None, "district", "秦淮区", "Qinhuai District", "/qinhuai/"),
]
_PEOPLE = [
    ("p-desk", "周敏", "dispatcher", "gulou", "+862583000001", "zh", "desk"),
    ("p-night", "Grace Lin", "dispatcher", "gulou", "+862583000002", "en", "night"),
    ("p-social", "许文", "social_worker", "ninghai", "+862583000003", "zh", "social"),
    ("p-vol", "王桂芳", "volunteer", "yard-a", "+8613900000001", "zh", "vol"),
    ("p-vol2", "Chen Jie", "volunteer", "yard-a", "+8613900000002", "en", None),
    ("p-volb", "李建国", "volunteer", "yard-b", "+8613900000003", "zh", "volb"),
    ("p-admin", "赵宁", "administrator", "gulou", None, "zh", "admin"),
    ("p-other", "Qin Huai", "dispatcher", "qinhuai", "+862584000001", "en", "other"),
]
_HOMES = [
    ("h-001", "yard-a", "3 幢 2 单元 402", "陈秀英", "+862586001001"),
    ("h-002", "yard-a", "5 幢 1 单元 101", "孙德才", "+862586001002"),
    ("h-003", "yard-b", "1 幢 603", "何玉兰", "+862586001003"),
    ("h-004", "yard-b", "2 幢 204", "马国强", None),
    ("h-900", "qinhuai", "9 幢 901", "外区住户", None),
]


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is set; without a time it is the wall's, for tests with a real browser."""

    now: datetime | None = NOON

    def __call__(self) -> datetime:
        return self.now or datetime.now(UTC)


@dataclass(slots=True)
class Street:
    """The place: its database, its clock, and how to make something happen there."""

    ctx: ActionContext
    clock: Clock
    push: PushOffer | None = None

    @property
    def deps(self) -> SiteDeps:
        return SiteDeps(self.ctx, self.clock, ZoneInfo("Asia/Shanghai"), push=self.push)

    async def ticket(
        self,
        home_id: str = "h-001",
        kind: FlagKind = FlagKind.SMOKE,
        severity: Severity = Severity.CRITICAL,
        *,
        text_zh: str = "烟雾探测器正在报警。",
        text_en: str = "The smoke detector is alarming.",
        since: datetime | None = None,
        now: datetime | None = None,
    ) -> Ticket:
        """Open a ticket as a flag would."""
        area = next(home[1] for home in _HOMES if home[0] == home_id)
        at = now or self.clock()
        cause = Cause(area, kind, severity, text_zh, text_en, since or at, home_id=home_id)
        async with self.ctx.db.write() as connection:
            ticket = await open_for(connection, self.ctx, cause, at)
            await count_change(connection)
        return ticket

    async def hour(
        self, home_id: str, start: datetime, water_l: float | None, energy_wh: float | None, quality: str
    ) -> None:
        """Write one hour of use."""
        row = {"home_id": home_id, "start": start, "water_l": water_l, "energy_wh": energy_wh, "quality": quality}
        async with self.ctx.db.write() as connection:
            await connection.execute(insert(usage_hours).values(**row, signs=None, boot_id="b", seq=1, sent_at=start))

    def link(self, ticket: Ticket, person_id: str, expires_in: timedelta = timedelta(hours=1)) -> str:
        """Return the path of the phone page."""
        return f"/go/{make_token(self.ctx.keys, ticket.ticket_id, person_id, self.clock() + expires_in)}"


async def build_street(db: Database, clock: Clock | None = None) -> Street:
    """Put the place into a migrated, empty database."""
    async with db.write() as connection:
        await _fill(connection)
    return Street(ActionContext(db, MasterKey(b"k" * 32), "http://testserver", WINGS), clock or Clock())


async def _fill(connection: AsyncConnection) -> None:
    names = ("area_id", "parent_id", "level", "name_zh", "name_en", "path")
    await connection.execute(insert(areas), [dict(zip(names, row, strict=True)) for row in _AREAS])
    names = ("home_id", "area_id", "label", "resident", "phone")
    rows = [dict(zip(names, row, strict=True), timezone="Asia/Shanghai") for row in _HOMES]
    await connection.execute(insert(homes), rows)
    names = ("person_id", "name", "role", "area_id", "phone", "language", "login")
    rows = [dict(zip(names, row, strict=True), password_hash=PASSWORD_HASH, active=True) for row in _PEOPLE]
    await connection.execute(insert(people), rows)
    channels = [{"person_id": row[0], "position": 0, "channel": "sms", "address": row[4]} for row in _PEOPLE if row[4]]
    await connection.execute(insert(person_channels), channels)
