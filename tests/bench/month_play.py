"""Plays a month: real actions on a real database, driven by virtual time, with everything checked at every tick."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import case, func, or_, select

from ingest.actions.base.context import ActionContext
from ingest.actions.base.links import LinkClaim, read_token
from ingest.actions.incoming.accept_envelopes import Accepted, Arrival, accept_envelopes
from ingest.actions.incoming.hear_vendor import Heard, hear_vendor
from ingest.actions.notices.await_receipt import give_up_waiting
from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.decline_call import decline_call
from ingest.actions.tickets.escalate import escalate
from ingest.actions.upkeep.audit import audit
from ingest.channels.contract import Answered, Asks, VendorEvent
from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.promise import ALARMING
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome, Refused, Status, Ticket
from ingest.store.base.tables import areas, people
from ingest.store.notices.tables import notice_receipts, notices
from ingest.store.tickets.tables import check_ins, tickets
from ingest.store.tickets.tickets import ticket_by_id
from models.flag import Severity
from models.wire.codec import encode, kind_of, write_body
from models.wire.envelope import Envelope
from models.wire.messages import Heartbeat, ReceiptStatus
from models.wire.seal import Direction, seal
from simulators.month import answers
from simulators.month.answers import Reaction
from simulators.month.flags import GatewayOutage, Sent
from tests.bench.month_vendor import Message, VendorInPlay
from tests.ingest.timers import look_after

BEAT = timedelta(hours=12)
BEAT_GRID = timedelta(minutes=30)
CALM = timedelta(hours=1)
"""How long nothing is looked at, where nothing is due: the audit's rhythm."""
CARE = timedelta(minutes=15)
"""How often it is looked after what is not on a timer that the tick's checks know."""
STILL_SOUNDING = timedelta(minutes=1)
"""How long until somebody who was away from the desk is back and hears it."""
BATCH = 64


@dataclass(frozen=True, slots=True)
class Phone:
    """Whose number it is."""

    actor: Actor
    role: str


class BrokenPromiseError(AssertionError):
    """A check of a tick failed; the message says which, and when."""


@dataclass(slots=True)
class Month:
    """The state of the play. `at` is the only clock there is."""

    ctx: ActionContext
    at: datetime
    random: Random
    vendors: dict[str, VendorInPlay]
    offset: timedelta
    """Of the site's zone."""
    phones: dict[str, Phone] = field(default_factory=dict)
    desk_people: list[Phone] = field(default_factory=list)
    """The dispatchers of the district, who have the live board before them."""
    ticks: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    most_live: int = 0
    _queue: list[tuple[datetime, int, str, tuple[Any, ...]]] = field(default_factory=list)
    _number: count[int] = field(default_factory=count)
    _wake: datetime | None = None
    _due: datetime | None = None
    _next_notice: datetime | None = None
    _looked: datetime | None = None
    _cared: datetime | None = None
    _care_at: datetime | None = None
    _audited: datetime | None = None

    # what is going to happen

    def later(self, at: datetime, what: str, *with_: Any) -> None:
        """Let something happen at a time, now at the earliest."""
        heapq.heappush(self._queue, (max(at, self.at), next(self._number), what, with_))

    async def load(
        self, flags: Sequence[Sent], gateways: Sequence[str], outages: Sequence[GatewayOutage], days: int
    ) -> None:
        """Write down who is reached under which number, and everything that gateways will send."""
        query = select(people, areas.c.path).join_from(people, areas, people.c.area_id == areas.c.area_id)
        async with self.ctx.db.read() as connection:
            for row in await connection.execute(query.where(people.c.active)):
                self.phones[row.phone] = Phone(Actor(row.person_id, Role(row.role), row.path), row.role)
                if row.role == Role.DISPATCHER and row.path.count("/") == 2:
                    self.desk_people.append(self.phones[row.phone])
        for sent in flags:
            self.later(sent.arrives, "flag", sent)
        cut = {outage.gateway_id: outage for outage in outages}
        for gateway in gateways:
            # on the half hour, many at once: a tick for each would be nothing but heartbeats
            first = self.at + BEAT_GRID * self.random.randrange(BEAT // BEAT_GRID)
            for number in range(int(timedelta(days=days) / BEAT)):
                at = first + number * BEAT
                outage = cut.get(gateway)
                if outage is None or not outage.start <= at < outage.end:
                    self.later(at, "beat", gateway)

    # the clock

    async def play(self, until: datetime) -> None:
        """Go from event to event; raises `BrokenPromiseError` at the first tick whose checks fail."""
        while True:
            following = min(
                self.at + CALM,
                self._queue[0][0] if self._queue else until,
                self._wake or until,
            )
            if following >= until:
                return
            # whole seconds upwards: things of the same second belong to one tick, and nothing is looked at early
            self.at = max(self.at, following.replace(microsecond=0) + timedelta(seconds=following.microsecond > 0))
            await self._tick()

    async def _tick(self) -> None:
        self.ticks += 1
        arrivals: list[bytes] = []
        happened = False
        while self._queue and self._queue[0][0] <= self.at:
            _, _, what, with_ = heapq.heappop(self._queue)
            happened = True
            if what in ("flag", "beat"):
                arrivals.append(self._sealed(what, *with_))
            else:
                await getattr(self, f"_{what}")(*with_)
        for first in range(0, len(arrivals), BATCH):
            await self._take(arrivals[first : first + BATCH])
        if arrivals:
            await self._board()
        await self._work(happened=happened)
        await self._check()

    async def _work(self, *, happened: bool) -> None:
        """What a worker's loops do, until nothing is due any more. Where nothing can be due, the check proves it."""
        if self._audited is None or self.at - self._audited >= CALM:
            self._audited = self.at
            findings = await audit(self.ctx, self.at)
            if not findings.clean:
                raise BrokenPromiseError(f"{self.at}: the audit found {findings}")
            self.counts["silent_gateways"] += len(findings.silent_gateways)
        if happened or (self._due is not None and self._due <= self.at):
            happened |= bool(escalated := await escalate(self.ctx, self.at))
            self.counts["escalations"] += escalated
        if self._cared is None or self._care_due():
            self._cared, happened = self.at, True
            await look_after(self.ctx, self.at)
            await give_up_waiting(self.ctx, self.at)
        while happened or (self._next_notice is not None and self._next_notice <= self.at):
            done = await deliver(self.ctx, self.vendors, self.at, limit=200)
            self._phones_ring()
            if not (done.delivered or done.failed or done.cancelled):
                return

    def _care_due(self) -> bool:
        assert self._cared is not None
        return self.at - self._cared >= CARE or (self._care_at is not None and self._care_at <= self.at)

    # the checks of a tick

    async def _check(self) -> None:
        """No live ticket without a future deadline, no notice that is due and not dealt with."""
        nothing = or_(tickets.c.due_at.is_(None), tickets.c.due_kind.is_(None))
        pending = select(func.min(notices.c.not_before)).where(notices.c.status == "pending")
        awaited = select(func.min(notice_receipts.c.due_at)).where(notice_receipts.c.state == "awaited")
        query = select(
            func.count(),
            func.coalesce(func.sum(case((nothing, 1), else_=0)), 0),
            func.coalesce(func.sum(case((tickets.c.due_at <= self.at, 1), else_=0)), 0),
            func.min(tickets.c.due_at),
            pending.scalar_subquery(),
            select(func.min(check_ins.c.due_at)).scalar_subquery(),
            awaited.scalar_subquery(),
        ).where(tickets.c.status != Status.CLOSED.value)
        async with self.ctx.db.read() as connection:
            row = (await connection.execute(query)).one()
        live, bare, past, due, next_notice, *timers = row
        self._due, self._next_notice = due, next_notice
        self.most_live = max(self.most_live, live)
        if bare or past:
            raise BrokenPromiseError(f"{self.at}: {bare} live tickets without a deadline, {past} with one that is over")
        if next_notice is not None and next_notice <= self.at:
            raise BrokenPromiseError(f"{self.at}: a notice has waited since {next_notice}")
        self._care_at = min((one for one in timers if one is not None), default=None)
        times = [one for one in (due, next_notice, self._care_at) if one is not None]
        self._wake = max(min(times), self.at + timedelta(seconds=1)) if times else None

    # gateways

    def _sealed(self, what: str, sent: Any) -> bytes:
        gateway = sent.gateway_id if what == "flag" else sent
        body: Any = sent.flag if what == "flag" else Heartbeat("1", self.at, int(BEAT.total_seconds()), 0, 0.0, True)
        name = f"m-{body.flag_id}" if what == "flag" else f"b-{gateway}-{self.at:%d%H%M%S}"
        envelope = Envelope(
            message_id=name.replace("/", "-"),
            gateway_id=gateway,
            boot_id="b",
            seq=next(self._number),
            sent_at=self.at,
            kind=kind_of(body).value,
            body=write_body(body),
        )
        self.counts["messages"] += 1
        return seal(self.ctx.keys.of_gateway(gateway, 1), gateway, Direction.UP, encode(envelope))

    async def _take(self, arrivals: Sequence[bytes]) -> None:
        for answer in await accept_envelopes(self.ctx, [Arrival(one) for one in arrivals], self.at):
            if not isinstance(answer, Accepted) or answer.line.status in (
                ReceiptStatus.REFUSED,
                ReceiptStatus.UNKNOWN_KIND,
            ):
                raise BrokenPromiseError(f"{self.at}: a message was not taken: {answer}")
            self.counts[f"receipt_{answer.line.status.value}"] += 1

    # phones and people

    async def _board(self) -> None:
        """Let whoever sits at the desk see the alarms that have come onto the board since the last look."""
        fresh = select(tickets.c.ticket_id).where(
            tickets.c.opened_at > (self._looked or self.at - CALM), tickets.c.severity.in_(sorted(ALARMING))
        )
        self._looked = self.at
        async with self.ctx.db.read() as connection:
            found = (await connection.execute(fresh.order_by(tickets.c.ticket_id))).scalars().all()
        for ticket_id in found if self.desk_people else ():
            await self._glance(ticket_id)

    async def _glance(self, ticket_id: str) -> None:
        """Somebody at the desk turns to an alarm; while nobody does it goes on sounding."""
        what, after = answers.reaction(self.random, Role.DISPATCHER, (self.at + self.offset).hour)
        if what is Reaction.SILENT:
            self.later(self.at + STILL_SOUNDING, "glance", ticket_id)
        else:
            self.later(self.at + after, "see", ticket_id, self.random.choice(self.desk_people))

    async def _see(self, ticket_id: str, phone: Phone) -> None:
        ticket = await self._ticket(ticket_id)
        if ticket.status in (Status.OPEN, Status.OFFERED) and ticket.acked_at is None:
            await self._say(ticket_id, Event.ACKNOWLEDGE, phone.actor)

    def _phones_ring(self) -> None:
        for vendor in self.vendors.values():
            for message, arrived in vendor.fresh:
                if arrived is not None:
                    said = timedelta(seconds=self.random.uniform(1, 8))
                    self.later(self.at + said, "report", vendor.name, message, arrived)
                phone = self.phones.get(message.address)
                if arrived is False or phone is None:
                    continue
                hour = (self.at + self.offset).hour
                what, after = answers.reaction(self.random, phone.role, hour)
                if vendor.name == "voice" and message.asks is Asks.GO:
                    self.later(self.at + after, "digit", phone, message, what)
                    continue
                for token in message.tokens:
                    self.later(self.at + after, "look", phone, token, what)
            vendor.fresh.clear()

    async def _report(self, vendor: str, message: Message, arrived: bool) -> None:
        event = VendorEvent(f"r-{message.vendor_id}", message.key, message.vendor_id, arrived, None, "")
        await hear_vendor(self.ctx, vendor, event, self.at)

    async def _digit(self, phone: Phone, message: Message, what: Reaction) -> None:
        """Somebody answers a call by a digit, or hangs up."""
        claim = read_token(self.ctx.keys, message.tokens[0], self.at)
        if what is Reaction.SILENT or not isinstance(claim, LinkClaim):
            return
        said = Answered.GOES if what is Reaction.GOES else Answered.CANNOT
        event = VendorEvent(f"d-{message.vendor_id}", message.key, message.vendor_id, True, said, "")
        hearing = await hear_vendor(self.ctx, "voice", event, self.at)
        self.counts[f"digit_{hearing.heard.value if hearing else 'unknown'}"] += 1
        ticket = await self._ticket(claim.ticket_id)
        if hearing is not None and hearing.heard is Heard.GOES and ticket.status is Status.TAKEN:
            self._set_out(ticket, phone)

    async def _look(self, phone: Phone, token: str, what: Reaction) -> None:
        """Somebody looks at the page behind a link, and does what it asks of them, or nothing."""
        claim = read_token(self.ctx.keys, token, self.at)
        if not isinstance(claim, LinkClaim):
            self.counts["links_over"] += 1
            return
        ticket = await self._ticket(claim.ticket_id)
        if ticket.status in (Status.OPEN, Status.OFFERED):
            if what is Reaction.CANNOT:
                await decline_call(self.ctx, ticket.ticket_id, phone.actor, self.at)
                self.counts["declined"] += 1
            elif what is Reaction.GOES:
                await self._take_ticket(ticket, phone)
        elif ticket.status is Status.ON_SITE and ticket.taken_by == phone.actor.person_id:
            if ticket.inside_at is not None and self.random.random() < answers.ANSWERS_CHECK_IN:
                await self._say(ticket.ticket_id, Event.ALL_WELL, phone.actor)
        elif phone.actor.at_desk and what is not Reaction.SILENT:
            await self._follow_up(ticket, phone.actor)

    async def _take_ticket(self, ticket: Ticket, phone: Phone) -> None:
        if isinstance(await self._say(ticket.ticket_id, Event.TAKE, phone.actor), Acted):
            self._set_out(ticket, phone)

    def _set_out(self, ticket: Ticket, phone: Phone) -> None:
        """Let somebody who has taken a ticket go, arrive, look and tell; or think better of it on the way."""
        hour = (self.at + self.offset).hour
        way = answers.travel(self.random, phone.role, ticket.severity, hour)
        if self.random.random() < answers.GIVES_BACK:
            self.later(
                self.at + way / 2, "press", ticket.ticket_id, Event.GIVE_BACK, phone.actor, {"reason": "家里有事"}
            )
            return
        if ticket.severity.rank >= Severity.URGENT.rank:
            minutes = next((one for one in (5, 10, 20) if way <= timedelta(minutes=one)), 30)
            self.later(
                self.at + timedelta(seconds=15), "press", ticket.ticket_id, Event.ETA, phone.actor, {"minutes": minutes}
            )
        there = self.at + way
        if self.random.random() >= answers.FORGETS_TO_ARRIVE:
            self.later(there, "press", ticket.ticket_id, Event.ARRIVE, phone.actor, {})
            if self.random.random() >= answers.FORGETS_INSIDE:
                self.later(there + timedelta(minutes=3), "press", ticket.ticket_id, Event.INSIDE, phone.actor, {})
        outcome, cause = answers.finding(self.random, ticket.kind)
        done = there + timedelta(minutes=4) + answers.stay(self.random)
        said = {"outcome": Outcome(outcome), "cause": Cause(cause)}
        self.later(done, "press", ticket.ticket_id, Event.RESOLVE, phone.actor, said)

    async def _follow_up(self, ticket: Ticket, ctx: Actor) -> None:
        """The desk reviews what is resolved; whoever is late at the door is rung up and comes by themselves."""
        if ticket.status is Status.RESOLVED:
            doubts = self.random.random() < answers.REVIEWER_DOUBTS
            event = Event.REOPEN if doubts else Event.CLOSE
            await self._say(ticket.ticket_id, event, ctx, reason="请再去看一次" if doubts else "")
        elif ticket.status in (Status.TAKEN, Status.ON_SITE):
            self.counts["rung_up_by_desk"] += 1

    async def _press(self, ticket_id: str, event: Event, actor: Actor, said: dict[str, Any]) -> None:
        await self._say(ticket_id, event, actor, **said)

    async def _say(self, ticket_id: str, event: Event, actor: Actor, **said: Any) -> Acted | Refused:
        result = await act_on_ticket(self.ctx, ticket_id, event, actor, self.at, detail=EventDetail(**said))
        word = event.value if isinstance(result, Acted) else f"refused_{result.reason.value}"
        self.counts[word] += 1
        return result

    async def _ticket(self, ticket_id: str) -> Ticket:
        async with self.ctx.db.read() as connection:
            ticket = await ticket_by_id(connection, ticket_id)
        assert ticket is not None, ticket_id
        return ticket
