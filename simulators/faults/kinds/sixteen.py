"""Sixteen: one flag posted sixteen times in the same moment at both doors, round after round, whatever else happens."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.wire.codec import encode, flag_body, write_body
from models.wire.envelope import Envelope
from models.wire.seal import Direction, seal
from simulators.faults.scene.ends import EndDatabase
from simulators.faults.scene.installation import SINGLE, Installation

_DOOR = "/api/v1/envelopes"
_AT_ONCE = 16
_STORY = datetime(2026, 11, 24, tzinfo=UTC)
_AGAIN_S = 0.2
_AWAY = (502, 503, 504)


@dataclass(slots=True)
class Sixteen:
    """`rounds` flags, each about a home of its own, `pause` seconds between two, the first at least until it is `over`.

    `receipts` are the answers that came, `errors` wrong answers.
    """

    installation: Installation
    rounds: int
    pause: Callable[[], float]
    over: Callable[[], bool]
    done: int = 0
    receipts: int = 0
    errors: Counter[int] = field(default_factory=Counter)

    async def run(self) -> None:
        """Do the rounds."""
        with ThreadPoolExecutor(_AT_ONCE, "sixteen") as threads:
            while self.done < self.rounds and not (self.done and self.over()):
                await self._round(threads)
                self.done += 1
                await asyncio.sleep(self.pause())

    async def _round(self, threads: ThreadPoolExecutor) -> None:
        """Each of sixteen gets a receipt, as often as it must ask."""
        home = f"single-{self.done}"
        evidence = Evidence({"device": home}, "烟雾探测器正在报警。", "The smoke detector is sounding its alarm.")
        flag = Flag(
            home, FlagKind.SMOKE, Severity.CRITICAL, FlagEvent.RAISED, _STORY, _STORY, 1.0, "smoke_bit", evidence, home
        )
        envelope = Envelope(home, SINGLE, "boot", self.done + 1, _STORY, "flag", write_body(flag_body(flag)))
        sealed = seal(self.installation.key(SINGLE), SINGLE, Direction.UP, encode(envelope))
        doors = self.installation.ports.doors
        await asyncio.gather(*(self._post(threads, doors[n % len(doors)] + _DOOR, sealed) for n in range(_AT_ONCE)))

    async def _post(self, threads: ThreadPoolExecutor, url: str, sealed: bytes) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(threads, _post, url, sealed)
            except urllib.error.HTTPError as error:
                if error.code not in _AWAY:
                    self.errors[error.code] += 1
            except (OSError, HTTPException):  # the door died, perhaps in the middle of its answer
                pass
            else:
                self.receipts += 1
                return
            await asyncio.sleep(_AGAIN_S)

    def verdict(self, end: EndDatabase) -> tuple[list[str], list[str]]:
        """Return what is lost and what is there too often: each home has one flag and one ticket."""
        lost, doubled = [], [f"sixteen: HTTP {code}, {count} times" for code, count in self.errors.items()]
        for what in ("flags", "tickets"):
            rows = end.rows(f"SELECT home_id, count(*) FROM {what} WHERE home_id LIKE 'single-%' GROUP BY 1")  # noqa: S608
            found = {home: int(count) for home, count in rows}
            for number in range(self.done):
                count = found.get(f"single-{number}", 0)
                lost += [f"single-{number} has no {what}"] * (count < 1)
                doubled += [f"single-{number} has {count} {what}"] * (count > 1)
        return lost, doubled


def _post(url: str, body: bytes) -> None:
    with urllib.request.urlopen(url, body, timeout=10) as answer:  # noqa: S310 - our own ingester
        answer.read()
