"""Bench: hurts the house at random moments while its detectors howl, and counts what came of every howl."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from simulators.demo.phones import PhoneError, read_messages
from simulators.faults.ends import flags_told, loose_ends, ticket_count
from simulators.faults.house import House
from simulators.faults.howling import Detector, Street, Voices
from simulators.faults.injuries import TABLE, Listener, Ward, possible

_LOOK_EVERY_S = 0.3
_PAUSE_S = (0.2, 1.5)
_GIVE_UP_S = 180.0


@dataclass(slots=True)
class Tally:
    """One fault's lines of the table."""

    times: int = 0
    flags: int = 0
    recoveries_s: list[float] = field(default_factory=list)
    stuck: int = 0

    def row(self, name: str) -> str:
        """Return a line of the table."""
        ordered = sorted(self.recoveries_s) or [0.0]
        median, worst = ordered[len(ordered) // 2], ordered[-1]
        return f"| {name} | {TABLE[name][0]} | {self.times} | {self.flags} | {median:.1f} | {worst:.1f} |"


@dataclass(slots=True)
class Outcome:
    """The whole run."""

    tallies: dict[str, Tally]
    flags: int
    tickets: int
    singles: int
    messages: int
    lost: list[str]
    doubled: list[str]

    @property
    def good(self) -> bool:
        """Whether every howl had its one effect."""
        return not (self.lost or self.doubled)

    def table(self) -> str:
        """Return the table of faults, in Markdown."""
        head = "| fault | what is done | times | flags meanwhile | recovery s, median | worst |\n"
        head += "|---|---|---|---|---|---|\n"
        return head + "\n".join(tally.row(name) for name, tally in self.tallies.items() if tally.times)

    def last_line(self, **more: object) -> str:
        """Return the summary as one line of JSON."""
        worst = max((one for tally in self.tallies.values() for one in tally.recoveries_s), default=0.0)
        summary = {
            "faults": sum(tally.times for tally in self.tallies.values()),
            "flags": self.flags,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "worst_recovery_s": round(worst, 1),
            "tickets": self.tickets,
            "sixteen_rounds": self.singles,
            "messages_on_phones": self.messages,
        }
        return json.dumps(summary | more)


class Bench:
    """One run in a house that stands. `steady` gives seconds that only grow."""

    def __init__(self, house: House, seed: int, only: Sequence[str], steady: Callable[[], float]) -> None:
        self._house = house
        self._steady = steady
        self._street = Street({home: Detector(home) for home in house.homes})
        self._ward = Ward(house, Random(seed))  # noqa: S311 - a play, not a secret
        names = [name for name in possible(house) if not only or name in only]
        self._tallies = {name: Tally() for name in names}
        self._stuck: list[str] = []

    async def run(self, seconds: float, say: Callable[[str], None]) -> Outcome:
        """Hurt and count for so long, each fault at least once, then let all come to rest and compare the ends."""
        voices = Voices("127.0.0.1", self._house.radio_port)
        listener = Listener(self._house, self._ward)
        going = asyncio.Event()
        going.set()
        howling = asyncio.create_task(self._howl(voices, going))
        try:
            await self._hurt(self._steady() + seconds, say)
            going.clear()
            await self._rest()
        finally:
            howling.cancel()
            await asyncio.gather(howling, return_exceptions=True)
            voices.close()
            listener.close()
        return await self._outcome()

    async def _howl(self, voices: Voices, going: asyncio.Event) -> None:
        while True:
            with suppress(OSError):  # the database may be what is being hurt
                self._street.told = await asyncio.to_thread(flags_told, self._house.database)
            voices.speak(self._street.step(self._steady(), begin=going.is_set()))
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _hurt(self, until: float, say: Callable[[str], None]) -> None:
        names: list[str] = []
        while self._steady() < until or not all(tally.times for tally in self._tallies.values()):
            if not names:
                names = list(self._tallies)
                self._ward.rng.shuffle(names)
            name = names.pop()
            await self._ward.a_while(*_PAUSE_S)
            made = self._street.made
            await TABLE[name][1](self._ward)
            took = await self._recovered()
            tally = self._tallies[name]
            tally.times += 1
            tally.flags += self._street.made - made
            if took is None:
                self._stuck.append(f"after {name}: nothing came through for {_GIVE_UP_S:g} s")
                say(self._stuck[-1])
                return
            tally.recoveries_s.append(took)
            say(f"{name:16} recovered in {took:5.1f} s   {self._street.made} flags so far")

    async def _recovered(self) -> float | None:
        """Return how long it took from now until all that was under way has arrived and something new too."""
        healed = self._steady()
        while (now := self._steady()) - healed < _GIVE_UP_S:
            failure = self._house.supervisor.failed()
            if failure is not None:
                raise failure
            newer = [one for one in self._street.detectors.values() if one.changed_at > healed]
            if not self._street.waiting(healed) and any(one.is_told(self._street.told) or one.howling for one in newer):
                return now - healed
            await asyncio.sleep(_LOOK_EVERY_S / 3)
        return None

    async def _rest(self) -> None:
        """Wait until every detector is quiet and told of, or for too long."""
        end = self._steady() + _GIVE_UP_S
        while self._steady() < end and (self._street.waiting(end) or self._howling()):
            await asyncio.sleep(_LOOK_EVERY_S)

    def _howling(self) -> bool:
        return any(one.howling for one in self._street.detectors.values())

    async def _outcome(self) -> Outcome:
        database = self._house.database
        self._street.told = await asyncio.to_thread(flags_told, database)
        lost, doubled = self._street.lost() + self._stuck, self._street.doubled()
        doubled += await asyncio.to_thread(loose_ends, database)
        for number in range(self._ward.singles):
            count = self._street.told.get((f"single-{number}", "raised"), 0)
            lost += [f"single-{number}"] * (count < 1)
            doubled += [f"single-{number}"] * (count > 1)
        messages, notices_lost, notices_doubled = await self._phones()
        return Outcome(
            tallies=self._tallies,
            flags=self._street.made + self._ward.singles,
            tickets=await asyncio.to_thread(ticket_count, database),
            singles=self._ward.singles,
            messages=messages,
            lost=lost + notices_lost,
            doubled=doubled + notices_doubled,
        )

    async def _phones(self) -> tuple[int, list[str], list[str]]:
        """Compare the notices that are said to be delivered with what phones show."""
        said = await asyncio.to_thread(
            self._house.database.rows, "SELECT idem_key FROM notices WHERE status = 'delivered'"
        )
        try:
            messages = await asyncio.to_thread(read_messages, self._house.vendor)
        except PhoneError as error:
            return 0, [f"the vendor: {error}"], []
        shown = Counter(message.key for message in messages)
        lost = [f"notice {key}" for (key,) in said if key not in shown]
        return len(messages), lost, [f"notice {key}" for key, count in shown.items() if count > 1]
