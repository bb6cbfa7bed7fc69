"""Raise flags: triage for many at once, and what follows from it, within the transaction that stored their messages.

What is known is loaded once for all of them; then each is decided upon in its turn, on a board where it finds what the
ones before it have changed; flags and episodes are recorded once for all. One flag is a batch of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import queue_notices
from ingest.actions.tickets.ask_tester import ask_tester
from ingest.actions.tickets.note_told_locally import heed_local_tellings
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.duty.calling import Purpose, call_from
from ingest.domain.incoming.joining import Joinable, homes_named
from ingest.domain.incoming.lateness import as_weighed, is_late
from ingest.domain.incoming.triage import Decision, Episode, HeardFlag, IncomingFlag, Known, Triage, decide_flag
from ingest.domain.ledger.suppression import proves, silences
from ingest.domain.tickets.lifecycle import News, add_flag, clear_condition
from ingest.domain.tickets.ticket import Condition, Event, Refused, Status, Ticket
from ingest.store.base.database import Connection
from ingest.store.base.places import Home, area_of_gateway, chain_of, home_by_id
from ingest.store.duty.plans import plan_for
from ingest.store.duty.reach import reach_of
from ingest.store.duty.responders import responder_by_id
from ingest.store.incoming.joinable import hold_homes, joinable_tickets
from ingest.store.incoming.situations import (
    FlagName,
    Situation,
    give_flags,
    heard_flags,
    lock_episodes,
    record_episodes,
    store_flags,
)
from ingest.store.ledger.suppressions import PlannedTest, Suppressions, pass_tests, suppressions_at
from ingest.store.tickets.relations import goes_on_elsewhere
from ingest.store.tickets.tickets import save_ticket
from models.flag import FlagEvent
from models.wire.messages import FlagBody


@dataclass(frozen=True, slots=True)
class FlagRefusedError(Exception):
    """The flag is about a home of another gateway: to be stored, not acted upon."""

    detail: str


async def raise_flags(
    connection: Connection, ctx: ActionContext, incoming: Sequence[IncomingFlag], now: datetime
) -> list[bool | FlagRefusedError]:
    """Store flags and do what triage says, in their order; the caller has locked their homes.

    Return for each whether a ticket changed, or why nothing of it is written. A home that is not known is no reason to
    drop a flag: its ticket is opened at the gateway's area. The order in which an episode's flags come does not matter.
    """
    homes = {name: await home_by_id(connection, name) for name in sorted({one.flag.home for one in incoming})}
    answers: list[bool | FlagRefusedError] = [_refusal(one, homes[one.flag.home]) or False for one in incoming]
    taken = [index for index, answer in enumerate(answers) if not isinstance(answer, FlagRefusedError)]
    # a home that is nobody's: whoever may speak of it, an alarm must be looked at, where its gateway stands
    known_homes = {name: home for name, home in homes.items() if home is not None and home.gateway_id is not None}
    batch = await _load(connection, ctx, [incoming[index] for index in taken], known_homes, now=now)
    for index in taken:
        answers[index] = await batch.take(incoming[index])
    await batch.record()
    return answers


def _refusal(one: IncomingFlag, home: Home | None) -> FlagRefusedError | None:
    if not one.flag.episode:
        return FlagRefusedError("the flag names no episode")
    if home is not None and home.gateway_id not in (None, one.gateway_id):
        return FlagRefusedError(f"home {one.flag.home} does not belong to gateway {one.gateway_id}")
    return None


async def _load(
    connection: Connection,
    ctx: ActionContext,
    incoming: Sequence[IncomingFlag],
    homes: Mapping[str, Home],
    *,
    now: datetime,
) -> _Batch:
    """Lock and read what is known, in as many statements for a hundred flags as for one, and store the flags."""
    episodes = await lock_episodes(connection, {one.situation for one in incoming})
    heard = await heard_flags(connection, [name for name, one in episodes.items() if one != Episode()])
    fresh = await store_flags(connection, incoming, episodes, now)
    new = [one for one in incoming if (one.gateway_id, one.flag.flag_id) in fresh]
    board = await joinable_tickets(
        connection,
        own={one.ticket_id for one in episodes.values() if one.ticket_id is not None},
        places={(one.flag.home, one.flag.kind.value) for one in new if one.flag.home in homes},
        gateways={one.gateway_id for one in new if one.flag.home not in homes},
    )
    quiet = await suppressions_at(connection, sorted({one.flag.home for one in new} & homes.keys()), now)
    return _Batch(connection, ctx, now, homes, board, quiet, dict(episodes), heard, fresh, before=episodes)


@dataclass(slots=True)
class _Batch:
    """The flags of one transaction, and what is known while they are taken one after the other."""

    connection: Connection
    ctx: ActionContext
    now: datetime
    homes: Mapping[str, Home]
    """Those that are known and belong to the gateway which speaks of them."""
    board: Joinable
    quiet: Mapping[str, Suppressions]
    episodes: dict[Situation, Episode]
    heard: dict[Situation, list[HeardFlag]]
    fresh: set[FlagName]
    """Flags that had not come before, and are not yet taken."""
    before: Mapping[Situation, Episode]
    named: dict[FlagName, str | None] = field(default_factory=dict)
    orphans: dict[Situation, str] = field(default_factory=dict)

    async def take(self, one: IncomingFlag) -> bool:
        """Decide about one flag and do it; return whether a ticket changed."""
        name = (one.gateway_id, one.flag.flag_id)
        if name not in self.fresh:
            return False
        self.fresh.remove(name)
        episode = self.episodes[one.situation]
        heard = self.heard.setdefault(one.situation, [])
        heard.append(HeardFlag(one.flag.number, one.flag.at, self.now))
        weighed = as_weighed(one.flag)
        tests = await self._tests(weighed)
        known = Known(
            episode=episode,
            heard=heard,
            own=self.board.ticket(episode.ticket_id),
            similar=self.board.joined_by(
                one.gateway_id, weighed.home, known_home=weighed.home in self.homes, kind=weighed.kind
            ),
            silenced=self._is_silenced(weighed),
            tested=bool(tests),
        )
        decision = decide_flag(one.flag, known, self.now)
        ticket = await self._do(decision, one, weighed, tests, known)
        await self._hold(weighed, ticket)
        self._remember(one, ticket)
        return decision.what is not Triage.NOTHING

    def _is_silenced(self, flag: FlagBody) -> bool:
        quiet = self.quiet.get(flag.home)
        return quiet is not None and any(silences(kinds, flag.kind, flag.severity) for kinds in quiet.silenced)

    async def _tests(self, flag: FlagBody) -> list[PlannedTest]:
        """Return the planned tests that waited for this flag: they have passed."""
        quiet = self.quiet.get(flag.home)
        if quiet is None or flag.event is FlagEvent.CLEARED:
            return []
        running = [test for test in quiet.tests if proves(test.kind, flag.kind)]
        await pass_tests(self.connection, [test.test_id for test in running], self.now)
        return running

    async def _do(
        self, decision: Decision, one: IncomingFlag, flag: FlagBody, tests: Sequence[PlannedTest], known: Known
    ) -> Ticket | None:
        """Do what was decided; return the ticket that the flag belongs to."""
        target = decision.ticket
        if decision.what is Triage.OPEN:
            ticket = await self._open(one, flag, known.episode)
            if tests:
                ticket = await ask_tester(self.connection, self.ctx, ticket, tests[0], self.now)
            self.board.opened(ticket)
            return ticket
        if decision.what is Triage.ADD and target is not None:
            ticket = await self._add(target, flag, newest=decision.newest)
        elif decision.what is Triage.CLEAR and target is not None:
            ticket = await self._clear(target, flag)
        else:
            return known.own
        self.board.changed(ticket)
        return ticket

    async def _open(self, one: IncomingFlag, flag: FlagBody, episode: Episode) -> Ticket:
        home = self.homes.get(flag.home)
        area_id = home.area_id if home else await area_of_gateway(self.connection, one.gateway_id)
        assert area_id is not None  # the seal was checked against this gateway's row
        cause = Cause(
            area_id=area_id,
            kind=flag.kind.value,
            severity=flag.severity,
            text_zh=flag.text_zh,
            text_en=flag.text_en,
            since=flag.since,
            home_id=home.home_id if home else None,
            gateway_id=one.gateway_id,
            subject=None if home else flag.home,
            # the unique episode belongs to the first ticket; a later one of the same situation is named by its flag
            episode=f"{one.gateway_id} {flag.episode if episode.ticket_id is None else flag.flag_id}",
            condition=Condition.CLEARED if episode.cleared or (flag.over and is_late(flag)) else Condition.ACTIVE,
        )
        ticket = await open_for(self.connection, self.ctx, cause, self.now)
        return await heed_local_tellings(self.connection, self.ctx, ticket, one.gateway_id, flag.episode, now=self.now)

    async def _add(self, target: Ticket, flag: FlagBody, *, newest: bool) -> Ticket:
        plan = await plan_for(self.connection, await chain_of(self.connection, target.area_id), flag.severity)
        of_another_home = target.home_id is None and target.subject != flag.home
        news = News(flag.severity, flag.text_zh, flag.text_en, flag.since, plan, newest and not of_another_home)
        after = add_flag(target, news, self.now)
        if isinstance(after, Refused):
            return target
        said = {"flag_id": flag.flag_id, "severity": flag.severity.value}
        if of_another_home:
            said["home"] = flag.home
        event = Event.NEW_FLAG.value
        saved = await save_ticket(self.connection, after, self.now, actor=None, event=event, detail=said)
        if saved.severity is not target.severity:
            await queue_worse_notices(self.connection, self.ctx, saved, self.now)
            await notify_followers(self.connection, self.ctx, saved, event, self.now, by=None)
        return saved

    async def _clear(self, own: Ticket, flag: FlagBody) -> Ticket:
        """Write down that this situation is over, unless another one of the same ticket goes on."""
        await record_episodes(self.connection, self._changed_episodes())
        cleared = clear_condition(own)
        if isinstance(cleared, Refused) or await goes_on_elsewhere(
            self.connection, own.ticket_id, flag.home, flag.kind.value
        ):
            return own
        said = {"flag_id": flag.flag_id}
        event = Event.CONDITION_CLEARED.value
        return await save_ticket(self.connection, cleared, self.now, actor=None, event=event, detail=said)

    async def _hold(self, flag: FlagBody, ticket: Ticket | None) -> None:
        """Let a ticket about a place hold the homes that its flag names."""
        named = homes_named(flag)
        if ticket is None or not named:
            return
        await hold_homes(self.connection, ticket.ticket_id, named)
        self.board.holds(ticket, named, {name: home.gateway_id for name, home in self.homes.items()})

    def _remember(self, one: IncomingFlag, ticket: Ticket | None) -> None:
        episode = self.episodes[one.situation]
        after = episode.after(one.flag, ticket.ticket_id if ticket else None)
        self.episodes[one.situation] = after
        own = episode.ticket_id or after.ticket_id
        if own != self.before[one.situation].ticket_id:
            self.named[one.gateway_id, one.flag.flag_id] = own
        if after.ticket_id is not None and after.ticket_id != episode.ticket_id:
            self.orphans.setdefault(one.situation, after.ticket_id)

    def _changed_episodes(self) -> dict[Situation, Episode]:
        return {name: one for name, one in self.episodes.items() if one != self.before[name]}

    async def record(self) -> None:
        """Write what is known now of every episode, and which flags belong to which ticket."""
        await record_episodes(self.connection, self._changed_episodes())
        await give_flags(self.connection, self.named, self.orphans)


async def queue_worse_notices(connection: Connection, ctx: ActionContext, ticket: Ticket, now: datetime) -> None:
    """Tell who was asked, or who took it, that it has become more urgent."""
    if ticket.status in (Status.OPEN, Status.OFFERED):
        call = call_from(ticket.plan, ticket.step, ticket.turn, await reach_of(connection, ticket, now))
        await queue_notices(connection, ctx, ticket, call.people, Purpose.ASKED, now=now)
    elif ticket.taken_by is not None:
        taker = await responder_by_id(connection, ticket.taken_by)
        if taker is not None:
            await queue_notices(connection, ctx, ticket, [taker], Purpose.WORSE, now=now)
