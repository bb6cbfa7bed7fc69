"""Plan of a scan: what to ask at which speed, the likeliest first, and how long it may take. Pure.

A line has one speed nearly always. So everybody is called at each speed first; where somebody answers, all that can be
asked at that speed goes before everything else, and the long lists at other speeds are left out unless wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from gateway.commission.search.wire import WireSpeed

USUAL: Mapping[str, tuple[str, ...]] = {
    "dlt645": ("2400E", "1200E", "9600E", "4800E"),
    "cjt188": ("2400E", "1200E", "9600E", "4800E"),
    "mbus": ("2400E", "300E", "9600E"),
    "modbus": ("9600N", "9600E", "2400N", "2400E", "4800N", "19200N"),
}
"""Speeds to try, the likeliest first."""
EDITIONS: Mapping[str, tuple[str, ...]] = {"dlt645": ("dlt645-2007", "dlt645-1997")}
LAST_EDITION = "dlt645-1997"
"""Its search is long where newer meters refuse its questions, all at once: it goes after all others' of a speed."""
LIKELY_UNITS = 32
"""Hardly an installer counts further; the units up to here are asked at every speed."""
_ASKED_BITS = 20 * 11
_WAITS = {"mbus": 0.05, "modbus": 0.25}
_WAIT_BITS = {"mbus": 330}
_LONGEST_WAIT_S = 0.55
_PRIMARIES = 251


class Kind(IntEnum):
    """What a pass does, in the order in which passes of one speed go."""

    KNOCK = 0
    """Is anybody there who speaks this?"""
    SEARCH = 1
    """Who are they?"""
    UNITS = 2
    LAST_EDITION = 3
    PRIMARIES = 4
    MORE_UNITS = 5


@dataclass(frozen=True, slots=True)
class Pass:
    """One thing to do at one speed."""

    kind: Kind
    protocol: str
    speed: WireSpeed
    units: range = range(0)

    @property
    def question_s(self) -> float:
        """How long a question that nobody answers takes."""
        name = self.protocol.partition("-")[0]
        bits = _ASKED_BITS + _WAIT_BITS.get(name, 0)
        return _WAITS.get(name, _LONGEST_WAIT_S) + bits / self.speed.baud

    @property
    def seconds(self) -> float:
        """How long it takes where nobody answers."""
        questions = {Kind.KNOCK: 2, Kind.SEARCH: 1, Kind.PRIMARIES: _PRIMARIES}.get(self.kind, len(self.units))
        return questions * self.question_s

    def __str__(self) -> str:
        what = {
            Kind.UNITS: f" units {self.units.start} to {self.units.stop - 1}",
            Kind.MORE_UNITS: f" units {self.units.start} to {self.units.stop - 1}",
            Kind.PRIMARIES: " primary addresses",
        }.get(self.kind, "")
        return f"{self.protocol}{what} at {self.speed}"


class ScanPlan:
    """What is still to be done. With `thorough` nothing is left out."""

    def __init__(
        self, protocols: Sequence[str], speeds: Sequence[WireSpeed], units: int, *, primaries: bool, thorough: bool
    ) -> None:
        self._primaries = primaries
        self._thorough = thorough or bool(speeds)
        self._answered: list[WireSpeed] = []
        self.left_out: list[Pass] = []
        self._waiting: list[Pass] = []
        for protocol in protocols:
            for speed in speeds or tuple(map(speed_of, USUAL[protocol])):
                self._waiting += self._passes(protocol, speed, units)
        self._places = {speed: place for place, speed in enumerate(_in_order(protocols, speeds))}

    def _passes(self, protocol: str, speed: WireSpeed, units: int) -> list[Pass]:
        if protocol == "modbus":
            likely = min(units, LIKELY_UNITS)
            found = [Pass(Kind.UNITS, protocol, speed, range(1, likely + 1))]
            more = range(likely + 1, units + 1)
            return found + ([Pass(Kind.MORE_UNITS, protocol, speed, more)] if more else [])
        found = [Pass(Kind.KNOCK, name, speed) for name in EDITIONS.get(protocol, (protocol,))]
        is_listed = protocol == "mbus" and self._primaries
        return found + ([Pass(Kind.PRIMARIES, protocol, speed)] if is_listed else [])

    def take(self) -> Pass | None:
        """Return what to do now, None when all is done."""
        if self._answered and not self._thorough:
            dropped = [one for one in self._waiting if self._may_be_left_out(one)]
            self.left_out += dropped
            self._waiting = [one for one in self._waiting if one not in dropped]
        if not self._waiting:
            return None
        best = min(self._waiting, key=self._rank)
        self._waiting.remove(best)
        return best

    def heard(self, one: Pass) -> None:
        """Say that somebody answered in a pass; who knocked with success is to be searched for next."""
        if one.speed not in self._answered:
            self._answered.append(one.speed)
        if one.kind is Kind.KNOCK:
            self._waiting.append(Pass(Kind.SEARCH, one.protocol, one.speed))

    def is_new_speed(self, speed: WireSpeed) -> bool:
        """Whether others have answered already, and all of them at other speeds."""
        return bool(self._answered) and speed not in self._answered

    def drop(self, speed: WireSpeed) -> None:
        """Leave out all that would be asked at this speed."""
        self._waiting = [one for one in self._waiting if one.speed != speed]

    @property
    def left_s(self) -> float:
        """How long what is left takes where nobody answers."""
        beside = self._answered and not self._thorough
        return sum(one.seconds for one in self._waiting if not (beside and self._may_be_left_out(one)))

    @property
    def left(self) -> list[Pass]:
        """What is left, in its order."""
        return sorted(self._waiting, key=self._rank)

    def _may_be_left_out(self, one: Pass) -> bool:
        """Whether a long list may be left out: others answer, and at other speeds or not in this protocol."""
        return one.kind in (Kind.PRIMARIES, Kind.MORE_UNITS) and one.speed not in self._answered

    def _rank(self, one: Pass) -> tuple[object, ...]:
        is_other = one.speed not in self._answered
        kind = Kind.LAST_EDITION if one.protocol == LAST_EDITION else one.kind
        is_list = is_other and kind in (Kind.PRIMARIES, Kind.MORE_UNITS)
        return (is_other, is_list, kind, self._places[one.speed], one.kind)


def speed_of(text: str) -> WireSpeed:
    """Return the speed that is written like 2400E."""
    return WireSpeed(int(text[:-1]), text[-1])


def _in_order(protocols: Sequence[str], speeds: Sequence[WireSpeed]) -> list[WireSpeed]:
    """Return all speeds, the likeliest of any protocol first."""
    lists = [list(speeds) or [speed_of(text) for text in USUAL[protocol]] for protocol in protocols]
    ranked = [(place, number, speed) for number, one in enumerate(lists) for place, speed in enumerate(one)]
    return list(dict.fromkeys(speed for _, _, speed in sorted(ranked, key=lambda row: row[:2])))
