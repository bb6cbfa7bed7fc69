"""Register gate: which showings of a counter are believed before any detector sees them. Pure, for one register.

Use counts only above the highest believed value. What rises is believed when the next showing confirms it; what falls
back or jumps is pending until three showings in a row agree, and is then booked once, as an exchange, a rollover or a
reset, without an amount. What comes back instead was a glitch: nothing is booked, nobody was there, and a register that
does so again and again is told as unwell. Values in the counter's base unit, times in epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.usage import GapReason, Limits, Use, rolled_over

CONFIRMATIONS = 3
"""So many showings that agree with each other make another register of it."""
UNWELL_FAULTS, UNWELL_WINDOW_S = 3, 86_400.0
_SLOW_S = 1200.0
"""A register read less often than this is believed at once while it is well: waiting would cost hours."""
_SMALL_DROPS = 10.0
"""A drop of so many litres (or ten Wh) is back flow or a loose digit, not another meter: it must last a day."""
_SMALL_LASTS_S = 86_400.0
_REMEMBERS_S = 7 * 86_400.0
_MOST_FAULTS = 20


@dataclass(slots=True)
class Gate:
    """What a register has shown and is not believed yet. A time of 0 means that there is nothing of the kind."""

    booked: float = 0.0
    """Until when use has been booked."""
    rise: float = 0.0
    rise_at: float = 0.0
    rise_seen: int = 0
    other: float = 0.0
    other_from: float = 0.0
    other_seen: int = 0
    peak: float = 0.0
    peak_at: float = 0.0
    """The highest value believed before the register fell, and when it fell: a return to it is nobody's use."""
    faults: list[float] = field(default_factory=list)
    """When it last showed what it did not stand by."""
    swapped: float = 0.0
    """When it was last taken for another register."""
    was_told: bool = False
    """Whether it was told as unwell, and has not been well since."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is pending."""
        return self.rise_at == 0.0 and self.other_from == 0.0

    def is_unwell(self, at: float) -> bool:
        """Whether it has shown what it did not stand by so often that its word alone counts for little."""
        return sum(at - fault < UNWELL_WINDOW_S for fault in self.faults) >= UNWELL_FAULTS


def take(  # noqa: PLR0917 - plain numbers on the hottest path: naming them costs a tenth of its time
    gate: Gate, base: float, value: float, at: float, pace_s: float, limits: Limits
) -> tuple[float, Use | None]:
    """Take in a showing; return the value that is believed now, and the use that may be booked, None while it waits."""
    start = gate.booked
    if gate.rise_at:
        if value >= gate.rise and value - gate.rise <= _most(limits, at - gate.rise_at):
            return _confirmed(gate, base, value, at, limits)
        # what had risen is not stood by
        _fault(gate, at)
        gate.rise_at = 0.0
    most = _most(limits, at - start)
    if not base <= value <= base + most:
        return _elsewhere(gate, base, value, at, limits)
    if gate.other_from:
        _fault(gate, at)
        gate.other_from = 0.0
    if value == base:
        gate.booked = at
        return base, _use(0.0, start, at, limits, at)
    if value - base <= limits.small or (pace_s > _SLOW_S and not _remembers_faults(gate, at)):
        gate.booked = at
        return value, _use(_above(gate, base, value, at), start, at, limits, at)
    gate.rise, gate.rise_at, gate.rise_seen = value, at, 0
    return base, None


def follow_clock(gate: Gate, at: float) -> None:
    """Take in that the clock was set back to `at`: nothing lies in the future."""
    gate.booked, gate.rise_at = min(gate.booked, at), min(gate.rise_at, at)
    gate.other_from, gate.peak_at = min(gate.other_from, at), min(gate.peak_at, at)
    gate.faults = [min(fault, at) for fault in gate.faults]


def _confirmed(gate: Gate, base: float, value: float, at: float, limits: Limits) -> tuple[float, Use | None]:
    """A showing that stands by what had risen."""
    gate.rise_seen += 1
    if gate.rise_seen < (CONFIRMATIONS if gate.is_unwell(at) else 1):
        return base, None
    start, risen, risen_at = gate.booked, gate.rise, gate.rise_at
    amount = _above(gate, base, risen, at)
    if value == risen:
        gate.booked, gate.rise_at = at, 0.0
        return risen, _use(amount, start, at, limits, risen_at)
    gate.booked = risen_at
    gate.rise, gate.rise_at, gate.rise_seen = value, at, 0
    return risen, _use(amount, start, risen_at, limits, risen_at)


def _elsewhere(gate: Gate, base: float, value: float, at: float, limits: Limits) -> tuple[float, Use | None]:
    """A showing below what is believed, or beyond what can have been used."""
    start = gate.booked
    agrees = gate.other_from > 0.0 and 0.0 <= value - gate.other <= _most(limits, at - gate.other_from)
    if not agrees:
        if gate.other_from:
            _fault(gate, at)
        gate.other_from, gate.other_seen = at, 0
    gate.other = value
    gate.other_seen += 1
    small = 0.0 < base - value <= _SMALL_DROPS
    if gate.other_seen < CONFIRMATIONS or (small and at - gate.other_from < _SMALL_LASTS_S):
        return base, None
    gate.other_from = 0.0
    gate.booked = at
    if gate.peak_at and gate.peak <= value <= gate.peak + _most(limits, at - gate.peak_at) and base < gate.peak:
        # it is the old register after all: what it showed between was a long glitch
        amount, gate.peak_at = value - gate.peak, 0.0
        _fault(gate, at)
        return value, _use(amount, start, at, limits, at)
    if value < base:
        gate.peak, gate.peak_at = base, start
    rolled = rolled_over(base, value, _most(limits, at - start))
    if rolled is not None:
        gate.peak_at = 0.0
        return value, Use(rolled, start, at, GapReason.ROLLOVER)
    if small:
        return value, Use(None, start, at, GapReason.REVERSE)
    gate.swapped = at
    return value, Use(None, start, at, GapReason.SWAP)


def _above(gate: Gate, base: float, value: float, at: float) -> float:
    """Return what was used: only what lies above the highest value that was ever believed of this register."""
    if gate.peak_at and at - gate.peak_at > _REMEMBERS_S:
        gate.peak_at = 0.0
    if not gate.peak_at or gate.peak <= base:
        return value - base
    if value >= gate.peak:
        # it is back where it was: what it showed between was a long glitch
        _fault(gate, at)
        gate.peak_at = 0.0
        return value - gate.peak
    is_near = gate.peak - base <= _SMALL_DROPS or gate.is_unwell(at)
    return 0.0 if is_near else value - base


def _use(amount: float, start: float, end: float, limits: Limits, shown: float) -> Use:
    return Use(amount, start, end, GapReason.GAP if end - start > limits.gap_s else GapReason.KNOWN, shown=shown)


def _most(limits: Limits, seconds: float) -> float:
    # a register may show several minutes' use in one jump, so short intervals get a quarter of an hour's allowance
    return limits.per_hour * max(seconds / 3600.0, 0.25)


def _fault(gate: Gate, at: float) -> None:
    gate.faults = [*(fault for fault in gate.faults if at - fault < _REMEMBERS_S), at][-_MOST_FAULTS:]


def _remembers_faults(gate: Gate, at: float) -> bool:
    return any(at - fault < _REMEMBERS_S for fault in gate.faults)
