"""Wire: ask anything on an open link and collect what comes back. It knows no search and no protocol."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from gateway.clock import Clock
from gateway.links.contract import Link
from gateway.protocols.framing import Diagnostic, Framer

_BITS_PER_BYTE = 11
_GAP_S = 0.12
_LONGEST_S = 3.0
_REST_BITS = 33


@dataclass(frozen=True, slots=True)
class WireSpeed:
    """How bytes stand on the wire."""

    baud: int
    parity: str

    def __str__(self) -> str:
        return f"{self.baud} 8{self.parity}1"


@dataclass(frozen=True, slots=True)
class WireReply:
    """What came: sound frames, and the bytes that were none."""

    frames: tuple[Any, ...]
    troubles: tuple[Diagnostic, ...]

    @property
    def silent(self) -> bool:
        """Whether nothing at all was heard."""
        return not self.frames and not self.troubles


class ProbeWire:
    """One open link at one speed. `answer_s` is how long meters may take, instead of what their standards say."""

    def __init__(self, link: Link, speed: WireSpeed, clock: Clock, answer_s: float | None = None) -> None:
        self._link = link
        self._clock = clock
        self._answer_s = answer_s
        self.speed = speed
        self.asked = 0

    def now(self) -> float:
        """Return monotonic seconds."""
        return self._clock.monotonic()

    async def ask(self, payload: bytes, framer: Framer[Any], wait_s: float) -> WireReply:
        """Send `payload` and listen until the line has been quiet; raises `LinkDownError`.

        `wait_s` is how long the first byte of an answer may take after the last one of the question.
        """
        now = self._clock.monotonic
        await self._rest()
        self.asked += 1
        await self._link.write(payload)
        sent = now() + len(payload) * _BITS_PER_BYTE / self.speed.baud
        until = sent + (self._answer_s or wait_s)
        end = until + _LONGEST_S
        heard = b""
        while (left := min(until, end) - now()) > 0:
            data = await self._link.read(left)
            if data:
                heard += data
                # our own echo must not shorten the time that a meter has
                until = max(until, now() + _GAP_S) if heard == payload[: len(heard)] else now() + _GAP_S
        own = heard.removeprefix(payload)
        events = [*framer.feed(own), *framer.quiet()]
        troubles = tuple(event for event in events if isinstance(event, Diagnostic))
        return WireReply(tuple(event for event in events if not isinstance(event, Diagnostic)), troubles)

    async def _rest(self) -> None:
        """Leave the line the silence that standards ask for: what comes only now is not the next question's answer."""
        now = self._clock.monotonic
        end = now() + _LONGEST_S
        await asyncio.sleep(_REST_BITS / self.speed.baud)
        while self._link.discard() and now() < end:
            await asyncio.sleep(_GAP_S)
