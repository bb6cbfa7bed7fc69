"""Bench: hurts the house at random moments while its detectors howl, and counts what came of every howl.

Several hands hurt it at the same time, each another part of it, so that faults fall into the recovery of others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass

from simulators.demo.phones import PhoneError, PhoneMessage, read_messages
from simulators.faults.kinds.injector import BUILDING, WIRE, Injector, UplinkListener
from simulators.faults.kinds.sixteen import Sixteen
from simulators.faults.kinds.table import TABLE, possible
from simulators.faults.outcome import FaultOutcome, Tally
from simulators.faults.pulse import Pulse
from simulators.faults.scene.alarm_source import DetectorStreet, Voices
from simulators.faults.scene.ends import flags_told, loose_ends, ticket_count
from simulators.faults.scene.installation import Building

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.4
_PAUSE_S = (0.1, 1.0)
_GIVE_UP_S = 300.0
_ALONE = "worker"
"""The fault that is first done again and again with nothing else hurt: the other worker must go on."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """How much is to be done: for so long, at least so many faults, by so many hands, and rounds of sixteen.

    `lone_kills`: so often, before all else, one of two workers is killed and nothing else hurt.
    """

    seconds: float
    faults: int = 0
    hands: int = 1
    rounds: int = 0
    lone_kills: int = 0


class Bench:
    """One run in a house that stands. `steady` gives seconds that only grow."""

    def __init__(self, injector: Injector, only: Sequence[str], plan: FaultPlan, steady: Callable[[], float]) -> None:
        self._ward = injector
        self._house = injector.installation
        self._steady = steady
        self._street: DetectorStreet = injector.installation.street
        self._plan = plan
        names = [name for name in possible(injector.installation) if not only or name in only]
        self._tallies = {name: Tally() for name in names}
        self._deck: list[str] = []
        self._busy: set[str] = set()
        self._hurt: set[str] = set()
        """Buildings whose present fault still goes on: nobody waits for their detectors."""
        self._stuck: list[str] = []
        self._pulse = Pulse()
        self._longest_pause_s = 0.0
        self._until = 0.0
        self._sixteen = Sixteen(injector.installation, plan.rounds, self._between_rounds, self._is_late)

    async def run(self, say: Callable[[str], None]) -> FaultOutcome:
        """Hurt and count, each fault at least once, then let all come to rest and compare the ends."""
        voices = Voices("127.0.0.1", self._house.ports.radio)
        listener = UplinkListener(self._ward)
        going = asyncio.Event()
        going.set()
        howling = asyncio.create_task(self._howl(voices, going))
        try:
            await self._hurt_all(say)
            going.clear()
            await self._rest()
        finally:
            howling.cancel()
            await asyncio.gather(howling, return_exceptions=True)
            voices.close()
            listener.close()
        return await self._outcome()

    async def _hurt_all(self, say: Callable[[str], None]) -> None:
        await self._to_the_end(self._kill_alone(say))
        self._until = self._steady() + self._plan.seconds
        hands = [self._hand(say) for _ in range(self._plan.hands)]
        await asyncio.gather(*(self._to_the_end(work) for work in (self._sixteen.run(), *hands)))

    async def _to_the_end(self, work: Coroutine[None, None, None]) -> None:
        """Do a part of the run. If it breaks, the end is a bad one, but nobody else is torn away from half a fault."""
        try:
            await work
        except Exception as error:
            log.exception("the bench itself broke")
            self._stuck.append(f"the bench itself broke: {error!r}")

    def _is_late(self) -> bool:
        return bool(self._stuck) or self._steady() >= self._until

    def _between_rounds(self) -> float:
        """Spread the rounds over the time that is left."""
        left = self._plan.rounds - self._sixteen.done
        # a round under a fault takes longer than its share: the last ones need room
        return max(0.0, 0.9 * (self._until - self._steady()) / max(1, left) - _LOOK_EVERY_S)

    async def _howl(self, voices: Voices, going: asyncio.Event) -> None:
        while True:
            with suppress(OSError):  # the database may be what is being hurt
                self._street.told = await asyncio.to_thread(flags_told, self._house.database)
                self._pulse.note(self._steady(), sum(self._street.told.values()))
            voices.speak(self._street.step(self._steady(), begin=going.is_set()))
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _kill_alone(self, say: Callable[[str], None]) -> None:
        """Kill one worker after the other while flags flow: the other one takes them, the intake never stands still."""
        if not self._plan.lone_kills or _ALONE not in self._tallies:
            return
        await self._all_told()
        for _ in range(self._plan.lone_kills):
            begin = self._steady()
            await self._once(_ALONE, self._house.buildings[0], say)
            self._longest_pause_s = max(self._longest_pause_s, self._pulse.longest_pause(begin, self._steady()))
            if self._stuck:
                return

    async def _all_told(self) -> None:
        """Wait until each detector was told of once: opening the first tickets is not what a run is about."""
        while any(one.told_of < 0 for one in self._street.detectors.values()):
            failure = self._house.supervisor.failed()
            if failure is not None:
                raise failure
            await asyncio.sleep(_LOOK_EVERY_S)

    def _done(self) -> bool:
        times = [tally.times for tally in self._tallies.values()]
        return bool(self._stuck) or (self._steady() >= self._until and all(times) and sum(times) >= self._plan.faults)

    async def _hand(self, say: Callable[[str], None]) -> None:
        while not self._done():
            await self._ward.a_while(*_PAUSE_S)
            name, building = self._next()
            if name is None:
                continue
            place = _place(name, building)
            self._busy.add(place)
            try:
                await self._once(name, building, say)
            finally:
                self._busy.discard(place)

    def _next(self) -> tuple[str | None, Building]:
        """Return the next fault of the deck whose place nobody else hurts now, and a building for it."""
        rng = self._ward.rng
        free = [one for one in self._house.buildings if one.name not in self._busy]
        building = rng.choice(free or self._house.buildings)
        if not self._deck:
            self._deck = [name for name in self._tallies for _ in range(TABLE[name].weight)]
            rng.shuffle(self._deck)
        for place, name in enumerate(reversed(self._deck)):
            if _place(name, building) not in self._busy:
                del self._deck[len(self._deck) - 1 - place]
                return name, building
        return None, building

    async def _once(self, name: str, building: Building, say: Callable[[str], None]) -> None:
        made, fault = self._street.made, TABLE[name]
        where = "" if fault.place != BUILDING else building.name
        hurt = {building.name} if fault.place == BUILDING else set[str]()
        self._hurt |= hurt
        try:
            await fault.hurt(self._ward, building)
        finally:
            self._hurt -= hurt
        took = await self._recovered(self._own(name, building))
        tally = self._tallies[name]
        tally.times += 1
        tally.flags += self._street.made - made
        if took is None:
            self._stuck.append(f"after {name} {where}: nothing came through for {_GIVE_UP_S:g} s")
            say(self._stuck[-1])
            return
        tally.recoveries_s.append(took)
        count = sum(one.times for one in self._tallies.values())
        say(f"{count:5} {name:15} {where:5} recovered in {took:5.1f} s   {self._street.made} flags so far")

    def _own(self, name: str, building: Building) -> Collection[str]:
        """Return the homes by which it is seen that this fault is over; none in particular: those that are not hurt."""
        if TABLE[name].place == WIRE:
            return {one.home for each in self._house.buildings for one in each.wired}
        return set(building.homes) if TABLE[name].place == BUILDING else set()

    async def _recovered(self, own: Collection[str]) -> float | None:
        """Return how long it took from now until all that was under way has arrived and something new too."""
        healed = self._steady()
        while (now := self._steady()) - healed < _GIVE_UP_S:
            failure = self._house.supervisor.failed()
            if failure is not None:
                raise failure
            homes = own or {home for one in self._house.buildings if one.name not in self._hurt for home in one.homes}
            newer = any(one.told_of > healed for one in self._street.detectors.values() if one.home in homes)
            if newer and not self._street.waiting(healed, homes):
                return now - healed
            await asyncio.sleep(_LOOK_EVERY_S)
        return None

    async def _rest(self) -> None:
        """Wait until every detector is quiet and told of, or for too long."""
        end = self._steady() + _GIVE_UP_S
        everybody = self._street.detectors.keys()
        while self._steady() < end and (self._street.waiting(end, everybody) or self._howling()):
            await asyncio.sleep(_LOOK_EVERY_S)

    def _howling(self) -> bool:
        return any(one.howling for one in self._street.detectors.values())

    async def _outcome(self) -> FaultOutcome:
        database, street, sixteen = self._house.database, self._street, self._sixteen
        street.told = await asyncio.to_thread(flags_told, database)
        lost, doubled = street.lost() + self._stuck, street.doubled()
        doubled += await asyncio.to_thread(loose_ends, database)
        singles_lost, singles_doubled = await asyncio.to_thread(sixteen.verdict, database)
        messages, notices_lost, notices_doubled = await self._phones()
        figures = {
            "tickets": await asyncio.to_thread(ticket_count, database),
            "messages_on_phones": messages,
            "sixteen_rounds": sixteen.done,
            "first_starts": self._ward.first_starts,
            "killed_in_transaction": self._ward.in_transaction,
            "lone_kills": self._plan.lone_kills if _ALONE in self._tallies else 0,
            "longest_pause_ms": round(self._longest_pause_s * 1000),
            "told_again_after_wear": street.told_again,
            "ends_forgotten_by_wear": street.unsaid,
        }
        return FaultOutcome(
            tallies=self._tallies,
            flags=street.made + sixteen.done,
            lost=lost + singles_lost + notices_lost,
            doubled=doubled + singles_doubled + notices_doubled,
            figures=figures,
        )

    async def _phones(self) -> tuple[int, list[str], list[str]]:
        """Compare the notices that are said to be delivered with what phones show."""
        said = await asyncio.to_thread(
            self._house.database.rows, "SELECT idem_key, vendor_id FROM notices WHERE status = 'delivered'"
        )
        try:
            messages = await asyncio.to_thread(read_messages, self._house.ports.vendor_url)
        except PhoneError as error:
            return 0, [f"the vendor: {error}"], []
        lost, doubled = compare_phones(said, messages)
        return len(messages), lost, doubled


def compare_phones(said: Sequence[tuple[str, ...]], messages: Sequence[PhoneMessage]) -> tuple[list[str], list[str]]:
    """Return which delivered notices, each with the vendor's name for its message, no phone shows, and what is twice.

    Calm notices may leave as one message, whose key is the bundle's: they are found by the vendor's name for it.
    """
    shown = Counter(message.key for message in messages)
    bundles = {f"msg-{message.number}" for message in messages if message.key.startswith("bundle.")}
    lost = [f"notice {key}" for key, name in said if key not in shown and name not in bundles]
    return lost, [f"notice {key}" for key, count in shown.items() if count > 1]


def _place(name: str, building: Building) -> str:
    """Return what a fault hurts: in one place there is only one at a time."""
    return building.name if TABLE[name].place == BUILDING else TABLE[name].place
