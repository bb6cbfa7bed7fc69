"""Exchange: one question on a half-duplex line and its answer, with repeats and a time to give up. Pure.

It is fed bytes and the passing of time (monotonic seconds, as arguments) and says what to do next. Its deadline moves
while bytes still come, up to a limit, so that a slow line is not cut off in mid-frame and a babbling one can't hold us.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.drivers.contract import Device, DeviceAnswer, Driver, Request, unanswered
from gateway.protocols.framing import Diagnostic, Framer
from models.reading import Reading

_TROUBLES_KEPT = 32


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take on this line, in seconds; `byte_s` is one byte's time on the wire.

    `rest_s` is how long the line must have been silent before a question. `settle_s` is how long to listen after an
    exchange with lost answers, where an answer that comes late could be taken for the next question's.
    """

    answer_s: float = 1.0
    gap_s: float = 0.3
    byte_s: float = 11 / 2400
    retries: int = 2
    rest_s: float = 0.0
    settle_s: float = 0.0

    @property
    def longest_frame_s(self) -> float:
        """How long the deadline may move because bytes still come."""
        return 512 * self.byte_s + self.gap_s


@dataclass(frozen=True, slots=True)
class Send:
    """Put these bytes on the line, then feed what comes."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Feed what comes; call `wake` at `until` (monotonic seconds) if nothing does."""

    until: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The end: readings (of quality NO_ANSWER for what stayed unanswered), what was wrong, how many were sent."""

    answered: bool
    readings: tuple[Reading, ...]
    troubles: tuple[Diagnostic, ...]
    sent: int


Step = Send | Wait | Finished


class Exchange:
    """One request and its answer. `start`, then `feed` and `wake` until a step is `Finished`."""

    def __init__(self, driver: Driver, device: Device, request: Request, timing: Timing) -> None:
        self._driver = driver
        self._device = device
        self._first = request
        self._request = request
        self._timing = timing
        self._framer: Framer[Any] = driver.framer()
        self._readings: list[Reading] = []
        self._troubles: list[Diagnostic] = []
        self._sent = 0
        self._tries = 0
        self._answer_by = 0.0
        self._give_up_by = 0.0
        self._quiet_at: float | None = None

    def start(self, now: float) -> Step:
        """Return the first thing to send."""
        return self._send(self._request, now)

    def feed(self, data: bytes, now: float, at: datetime) -> Step:
        """Take bytes from the line, heard at `at`."""
        self._quiet_at = now + self._timing.gap_s
        self._answer_by = min(max(self._answer_by, self._quiet_at), self._give_up_by)
        return self._take(self._framer.feed(data), now, at) or self._wait_or_repeat(now, at)

    def wake(self, now: float, at: datetime) -> Step:
        """Say that the time has passed."""
        if self._quiet_at is not None and now >= self._quiet_at:
            self._quiet_at = None
            step = self._take(self._framer.quiet(), now, at)
            if step is not None:
                return step
        return self._wait_or_repeat(now, at)

    def _send(self, request: Request, now: float) -> Step:
        self._request = request
        self._framer = self._driver.framer()
        self._quiet_at = None
        self._sent += 1
        self._tries += 1
        self._answer_by = now + len(request.payload) * self._timing.byte_s + self._timing.answer_s
        self._give_up_by = self._answer_by + self._timing.longest_frame_s
        return Send(request.payload)

    def _take(self, events: list[Any], now: float, at: datetime) -> Step | None:
        for event in events:
            if isinstance(event, Diagnostic):
                self._note(event)
                continue
            meaning = self._driver.interpret(self._device, self._request, event, at)
            if not isinstance(meaning, DeviceAnswer):
                self._note(meaning.trouble)
                continue
            self._readings += meaning.readings
            for trouble in meaning.troubles:
                self._note(trouble)
            if meaning.then is None:
                return self._finish(True, at)
            self._tries = 0
            return self._send(meaning.then, now)
        return None

    def _wait_or_repeat(self, now: float, at: datetime) -> Step:
        if not self._request.expects_answer:
            return self._finish(True, at)
        if now < self._answer_by:
            return Wait(self._answer_by if self._quiet_at is None else min(self._quiet_at, self._answer_by))
        step = self._take(self._framer.quiet(), now, at)
        if step is not None:
            return step
        if self._tries <= self._timing.retries:
            return self._send(self._request, now)
        return self._finish(False, at)

    def _finish(self, answered: bool, at: datetime) -> Finished:
        heard = {reading.quantity for reading in self._readings}
        silent = [one for one in unanswered(self._device, self._first, at) if one.quantity not in heard]
        return Finished(answered, (*self._readings, *silent), tuple(self._troubles), self._sent)

    def _note(self, trouble: Diagnostic) -> None:
        if len(self._troubles) < _TROUBLES_KEPT:
            self._troubles.append(trouble)
