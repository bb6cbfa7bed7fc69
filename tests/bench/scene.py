"""Scene: an invented district at ten past three in the morning, for the README's pictures and for looking at pages.

Places, people and rosters are those of `linshe-sim district`; the flags go through triage, and people act on the
tickets, as always. Only the past (weeks of use, how homes stand) is written as rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from ingest.actions.base.context import ActionContext
from ingest.actions.base.secrets import MasterKey
from ingest.actions.duty.hand_over import write_note
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.decline_call import decline_call
from ingest.actions.tickets.escalate import escalate
from ingest.actions.tickets.open_ticket import Cause as Opening
from ingest.actions.tickets.open_ticket import open_for
from ingest.actions.tickets.raise_flag import raise_flag
from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Database
from ingest.store.base.tables import areas, gateways, homes, people
from ingest.store.ledger.tables import away, home_states, usage_hours
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from ingest.wings import WINGS
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import FlagBody
from simulators.district.build import build_district
from tests.bench.month import load_district
from tests.ingest.street import PASSWORD_HASH, Street

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 25, tzinfo=ZONE)
NIGHT, MORNING = DAY + timedelta(hours=3, minutes=10), DAY + timedelta(hours=7, minutes=35)
LOGIN = "night"
_LIKELY = {2: 0.2, 4: 0.2, 6: 0.8, 7: 0.9, 8: 0.5, 11: 0.85, 12: 0.8, 17: 0.8, 18: 0.9, 19: 0.6, 20: 0.5, 21: 0.75}
"""How likely somebody draws water in an hour of the day."""
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(slots=True)
class RunningClock:
    """A clock that runs on from an invented moment."""

    started: datetime
    ahead: timedelta

    @classmethod
    def at(cls, moment: datetime) -> RunningClock:
        """Return one that shows `moment` now."""
        real = datetime.now(UTC)
        return cls(real, moment.astimezone(UTC) - real)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, slots=True)
class Happening:
    """What a gateway told, how long ago it began and was told (minutes), and its sentences and numbers."""

    kind: FlagKind
    severity: Severity
    began: float
    told: float
    zh: str
    en: str
    facts: dict[str, Any]


_SILENT = Happening(
    FlagKind.INACTIVITY,
    Severity.URGENT,
    310,
    6,
    "自 22:00 起 5.2 小时没有人活动的迹象，有电器或灯还开着；"
    "据该户以往情况估计，此时开始的安静约 84 次中才有一次这么久。",
    "No sign of anybody since 22:00, for 5.2 hours, with something left on; by this home's past, about one in 84 quiet "
    "spells that begin at this hour lasts so long.",
    {"hours_silent": 5.2, "hours_missing": 0.0, "one_in": 84, "left_on": True, "usual_hours": 1.4},
)
_HAPPENED = (
    Happening(
        FlagKind.SMOKE,
        Severity.CRITICAL,
        1.4,
        1.4,
        "厨房的烟雾探测器正在报警，报警计数从 3 变为 4。",
        "The smoke detector in the kitchen is alarming; its alarm counter went from 3 to 4.",
        {"alarm": True, "counter": 4},
    ),
    _SILENT,
    Happening(
        FlagKind.RUNNING_WATER,
        Severity.URGENT,
        104,
        41,
        "用水已连续 1 小时 44 分钟，约每分钟 6 升，没有间断。",
        "Water has been running for 1 h 44 min without a pause, about 6 litres a minute.",
        {"minutes": 104, "litres_per_minute": 6.1},
    ),
    Happening(
        FlagKind.APPLIANCE_ON,
        Severity.URGENT,
        186,
        26,
        "约 1500 瓦的电器自 00:04 起一直开着；平时这个时候不用电。",
        "An appliance of about 1500 W has been on since 00:04; at this hour nothing is usually on.",
        {"watts": 1500, "hours": 3.1},
    ),
    Happening(
        FlagKind.LEAK,
        Severity.VISIT,
        60 * 44,
        60 * 9,
        "44 小时里没有一刻不用水，每小时至少 1.8 升：像是漏水。",
        "For 44 hours water has never stopped, 1.8 litres an hour at least: it looks like a leak.",
        {"hours": 44, "least_l_h": 1.8},
    ),
    Happening(
        FlagKind.WELLBEING,
        Severity.VISIT,
        60 * 24 * 12,
        60 * 14,
        "近两周用水比以往少三成，起床也晚了一个多小时。",
        "For two weeks a third less water than before, and up more than an hour later.",
        {"days": 12, "less": 0.31},
    ),
)


async def build_scene(db: Database, now: datetime, folder: Path) -> Street:
    """Put the scene into a migrated, empty database; its desk is that of the district, log-in `night`."""
    clock = RunningClock.at(now)
    ctx = ActionContext(db, MasterKey(b"k" * 32), "http://testserver", WINGS)
    await load_district(ctx, build_district(17, homes_per_compound=8), folder)
    at, random = clock(), Random(5)
    async with db.write() as connection:
        chosen = select(people.c.person_id).where(people.c.role == "dispatcher", people.c.area_id == "hs").limit(1)
        me = (await connection.execute(chosen)).scalar_one()
        named = update(people).where(people.c.person_id == me)
        await connection.execute(named.values(login=LOGIN, password_hash=PASSWORD_HASH))
        # one compound of each street with something going on
        query = select(homes.c.home_id, homes.c.gateway_id).where(homes.c.home_id.like("%-1-1-h03"))
        troubled = [(row.home_id, row.gateway_id) for row in await connection.execute(query.order_by(homes.c.home_id))]
    await _past(db, at, random, [home for home, _ in troubled[: len(_HAPPENED)]])
    await _stand(db, at, random)
    await _record(ctx, [home for home, _ in troubled], at)
    opened = [
        await _tell(ctx, home, gateway, what, at) for (home, gateway), what in zip(troubled, _HAPPENED, strict=False)
    ]
    await _answer(ctx, opened, me, at)
    return Street(ctx, clock)  # type: ignore[arg-type]  # any callable will do


async def _record(ctx: ActionContext, troubled: list[str], now: datetime) -> None:
    """Let such alarms have come before, and have turned out one way or another."""
    turned_out = (Outcome.HELPED, Outcome.HABIT, Outcome.HELPED, Outcome.HOSPITAL, Outcome.AWAY, Outcome.HELPED)
    boss = Actor("p-hs-dis-1", Role.DISPATCHER, "/hs/")
    for number in range(3 * len(turned_out)):
        what, at = _HAPPENED[number % 3], now - timedelta(days=4 * number + 3)
        home = troubled[number % 3 if number < 6 else 6 + number % (len(troubled) - 6)]
        async with ctx.db.write() as connection:
            area = (await connection.execute(select(homes.c.area_id).where(homes.c.home_id == home))).scalar_one()
            ticket = await open_for(
                connection, ctx, Opening(area, what.kind, what.severity, what.zh, what.en, at, home_id=home), at
            )
        detail = EventDetail(outcome=turned_out[number // 3], cause=Cause.OTHER)
        await act_on_ticket(ctx, ticket.ticket_id, Event.RESOLVE, boss, at + 20 * _MINUTE, detail=detail)
        await act_on_ticket(ctx, ticket.ticket_id, Event.CLOSE, boss, at + 9 * _HOUR)


async def _tell(ctx: ActionContext, home: str, gateway: str, what: Happening, now: datetime) -> str:
    at, since = now - what.told * _MINUTE, now - what.began * _MINUTE
    flag = FlagBody(
        f"{home}.0",
        home,
        0,
        home,
        what.kind,
        what.severity,
        FlagEvent.RAISED,
        at,
        since,
        4.4,
        "scene",
        what.zh,
        what.en,
        what.facts,
    )
    async with ctx.db.write() as connection:
        await raise_flag(connection, ctx, gateway, f"m-{home}", flag=flag, now=at)
        await count_change(connection)
        live = select(tickets.c.ticket_id).where(tickets.c.home_id == home, tickets.c.status != "closed")
        return str((await connection.execute(live)).scalar_one())


async def _answer(ctx: ActionContext, opened: list[str], me: str, now: datetime) -> None:
    _, silent, water, appliance, leak, _ = opened
    async with ctx.db.read() as connection:
        staff = {
            row.person_id: Actor(row.person_id, Role(row.role), row.path)
            for row in await connection.execute(
                select(people.c.person_id, people.c.role, areas.c.path)
                .join_from(people, areas, people.c.area_id == areas.c.area_id)
                .where(people.c.role != "")
                .order_by(people.c.person_id)
            )
            if row.role in set(Role)
        }
        places = {
            row.ticket_id: row.area_id
            for row in await connection.execute(select(tickets.c.ticket_id, tickets.c.area_id))
        }

    def near(ticket: str, role: Role, number: int = 0) -> Actor:
        community = "/" + places[ticket].rsplit("-", 1)[0] + "/"
        found = [one for one in staff.values() if one.role is role and community in one.area_path]
        return found[number % len(found)]

    async def act(ticket: str, event: Event, who: Actor, ago: float, **detail: Any) -> None:
        await act_on_ticket(ctx, ticket, event, who, now - ago * _MINUTE, detail=EventDetail(**detail))

    for minutes in range(40, -1, -1):
        await escalate(ctx, now - minutes * _MINUTE)
        if minutes == 38:
            await act(water, Event.TAKE, near(water, Role.VOLUNTEER), 38)
            await act(water, Event.ETA, near(water, Role.VOLUNTEER), 37.5, minutes=10)
            await act(water, Event.ARRIVE, near(water, Role.VOLUNTEER), 27)
        if minutes == 8:
            await act(appliance, Event.TAKE, near(appliance, Role.VOLUNTEER, 1), 8)
            await act(appliance, Event.ETA, near(appliance, Role.VOLUNTEER, 1), 7.5, minutes=10)
        if minutes == 3:
            await decline_call(ctx, silent, near(silent, Role.VOLUNTEER), now - 3 * _MINUTE)
    await act(leak, Event.TAKE, near(leak, Role.SOCIAL_WORKER), 60 * 8)
    note = "水箱浮球坏了，已关总阀，明早物业来修"
    await act(
        leak, Event.RESOLVE, near(leak, Role.SOCIAL_WORKER), 50, outcome=Outcome.LEAK, cause=Cause.PIPE, note=note
    )
    day_shift = replace(staff[next(one for one in staff if staff[one].role is Role.DISPATCHER and one != me)])
    text = "古林 1 幢的住户今晚在女儿家，明早九点回。\n江厦电梯在修，上楼走西侧楼梯。"
    await write_note(ctx, "hs", text, day_shift, now - 5 * _HOUR, handover=True)
    async with ctx.db.write() as connection:
        sent = update(notices).where(notices.c.not_before <= now, notices.c.status == "pending")
        await connection.execute(sent.values(status="delivered", attempts=1, delivered_at=notices.c.created_at))
        await count_change(connection)


async def _past(db: Database, now: datetime, random: Random, troubled: list[str]) -> None:
    """Write six weeks of use of the homes with tickets, as somebody lives who gets up at six."""
    rows = [row for home in troubled for row in _hours(home, now, random)]
    async with db.write() as connection:
        for start in range(0, len(rows), 500):
            await connection.execute(insert(usage_hours), rows[start : start + 500])


def _hours(home: str, now: datetime, random: Random) -> Iterator[dict[str, Any]]:
    last = now.replace(minute=0, second=0, microsecond=0)
    for back in range(42 * 24, 0, -1):
        start = last - back * _HOUR
        hour = start.astimezone(ZONE).hour
        likely = {
            6: 0.8,
            7: 0.9,
            8: 0.5,
            11: 0.85,
            12: 0.8,
            17: 0.8,
            18: 0.9,
            19: 0.6,
            20: 0.5,
            21: 0.75,
            2: 0.2,
            4: 0.2,
        }
        is_up = back > 5 and random.random() < likely.get(hour, 0.18 if 9 <= hour <= 16 else 0.02)
        litres = round(random.choice((4.0, 9.0, 14.0, 22.0, 48.0)), 1) if is_up else 0.0
        watts = random.choice((60.0, 180.0, 420.0, 1100.0)) if is_up else random.choice((22.0, 26.0, 31.0))
        if back <= 5:
            watts += 65.0
        missing = 24 * 8 < back < 24 * 8 + 9
        yield {
            "home_id": home, "start": start, "water_l": None if missing else litres,
            "energy_wh": None if missing else watts, "quality": "none" if missing else "full",
            "signs": None if missing else int(is_up) * 2, "boot_id": "b", "seq": 1, "sent_at": start + _HOUR,
        }  # fmt: skip


async def _stand(db: Database, now: datetime, random: Random) -> None:
    """Say how every home stands: most are watched, some away or out of sight; gateways and devices with them."""
    local = now.astimezone(ZONE)
    is_day = local.hour >= 5
    async with db.write() as connection:
        known = (await connection.execute(select(homes.c.home_id, homes.c.gateway_id))).all()
        beats: dict[str, list[dict[str, Any]]] = {}
        states, absent = [], []
        for home, gateway in known:
            watch = random.choices(("watched", "away", "blind"), (95, 4, 1))[0]
            up = is_day and watch == "watched" and random.random() < 0.95
            last = now - (random.uniform(2, 120) * _MINUTE if up else random.uniform(4.5, 8.5) * _HOUR)
            states.append({
                "home_id": home, "gateway_id": gateway, "watch": watch, "last_sign_at": last,
                "noticed_by": now + random.uniform(0.4, 11) * _HOUR if watch == "watched" else None,
                "blind_since": now - random.uniform(3, 40) * _HOUR if watch == "blind" else None,
                "sent_at": now, "at": now,
            })  # fmt: skip
            if watch == "away":
                late = len(absent) % 17 == 3
                absent.append({
                    "entry_id": f"a-{home}", "home_id": home, "since": now - 40 * _HOUR, "said_by": "女儿",
                    "until": now - 90 * _MINUTE if late else now + random.randrange(5, 90) * _HOUR,
                    "overdue_at": now - 20 * _MINUTE if late else None, "recorded_at": now - 40 * _HOUR, "way": "phone",
                })  # fmt: skip
            for name, heard in (("water", 4), ("power", 2), ("smoke", 180)):
                heard_at = (now - heard * _MINUTE).isoformat()
                beats.setdefault(gateway, []).append(
                    {
                        "device": f"{home[-3:]}-{name}",
                        "home": home,
                        "last_heard": heard_at,
                        "answers": 9000,
                        "failures": 3,
                    }
                )
        await connection.execute(insert(home_states), states)
        await connection.execute(insert(away), absent)
        for gateway, devices in beats.items():
            beat = {"version": "1", "devices": devices, "clock_trusted": True}
            heard = {"last_heartbeat_at": now - _MINUTE, "heartbeat_due_at": now + _HOUR, "heartbeat_json": beat}
            await connection.execute(update(gateways).where(gateways.c.gateway_id == gateway).values(**heard))
