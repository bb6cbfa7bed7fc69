"""A month's flags: what the gateways of a district would send, and when it arrives. The same seed, the same month.

How often each kind comes is `RATES`, for each home and 30 days. FIELD's aim is 0.10 flags a month and home that need a
person; this month is two and a half times as busy, so that dispatch is tried harder than it should ever be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import FlagBody

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HomeAt:
    """A home of the district, and the compound that it lies in."""

    home_id: str
    gateway_id: str
    compound: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A flag, who sends it, and when it comes to the cloud; `again`: the same message comes a second time."""

    arrives: datetime
    gateway_id: str
    flag: FlagBody
    again: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a kind comes for each home in 30 days, how urgent it is, at which local hours, how long it lasts."""

    kind: FlagKind
    per_home: float
    severity: Severity
    hours: tuple[int, ...]
    lasts_h: float
    grows: float = 0.0
    """The share that gets more urgent while it lasts."""


_DAY_LONG = tuple(range(24))
RATES: tuple[Rate, ...] = (
    Rate(FlagKind.SMOKE, 0.006, Severity.CRITICAL, (7, 11, 11, 12, 17, 17, 18, 2), 0.2),
    Rate(FlagKind.INACTIVITY, 0.11, Severity.URGENT, (8, 9, 9, 10, 10, 11, 12, 15, 18, 20, 3), 5.0),
    Rate(FlagKind.RUNNING_WATER, 0.05, Severity.URGENT, (7, 10, 14, 17, 19, 21), 2.0, grows=0.1),
    Rate(FlagKind.APPLIANCE_ON, 0.04, Severity.URGENT, (12, 19, 22, 23), 3.0),
    Rate(FlagKind.SUPPLY_LOST, 0.02, Severity.VISIT, _DAY_LONG, 4.0, grows=0.3),
    Rate(FlagKind.LEAK, 0.03, Severity.VISIT, _DAY_LONG, 60.0, grows=0.1),
    Rate(FlagKind.UNUSUAL_USE, 0.02, Severity.VISIT, (20, 21), 10.0),
    Rate(FlagKind.WELLBEING, 0.02, Severity.VISIT, (9,), 200.0),
    Rate(FlagKind.DEVICE_SILENT, 0.08, Severity.MAINTENANCE, _DAY_LONG, 30.0),
    Rate(FlagKind.DEVICE_TROUBLE, 0.06, Severity.MAINTENANCE, _DAY_LONG, 100.0),
    Rate(FlagKind.HOME_BLIND, 0.01, Severity.MAINTENANCE, _DAY_LONG, 20.0, grows=0.3),
    Rate(FlagKind.TEST, 0.10, Severity.INFO, (9, 10, 14, 15), 0.1),
)
UPDATES_EVERY = {Severity.CRITICAL: _HOUR / 12, Severity.URGENT: 2 * _HOUR}
"""How often an episode that goes on is sent again; the calm ones daily."""
MOST_UPDATES = 6
TWICE = 0.03
"""The share of messages that come a second time, because a receipt was lost."""
COMMON_CAUSES = 0.02
"""For each compound and 30 days: one cut feeder or main, one flag for all of its homes."""


@dataclass(frozen=True, slots=True)
class GatewayOutage:
    """A gateway that is cut off: its flags and heartbeats come all at once when it is back."""

    gateway_id: str
    start: datetime
    end: datetime


def outages_of(random: Random, gateways: Sequence[str], start: datetime, days: int) -> list[GatewayOutage]:
    """Return when gateways are cut off: one in twelve a month, from an hour to two days."""
    found = []
    for gateway in gateways:
        if random.random() < days / 30 / 12:
            begin = start + timedelta(days=random.random() * days)
            found.append(GatewayOutage(gateway, begin, begin + random.uniform(1, 48) * _HOUR))
    return found


def month_of_flags(
    random: Random,
    homes: Sequence[HomeAt],
    start: datetime,
    days: int,
    *,
    outages: Sequence[GatewayOutage],
    busy: float = 1.0,
) -> list[Sent]:
    """Return everything the gateways of `homes` send from `start` on, in the order of arrival. Times aware UTC.

    `busy` multiplies every rate.
    """
    cut = {outage.gateway_id: outage for outage in outages}
    sent: list[Sent] = []
    number = 0
    for home in homes:
        for rate in RATES:
            for _ in range(_poisson(random, rate.per_home * busy * days / 30)):
                number += 1
                begin = start + timedelta(days=random.randrange(days), hours=random.choice(rate.hours))
                begin += _HOUR * random.random()
                sent += _arriving(random, cut, home.gateway_id, _episode(random, home, rate, begin, number))
    for compound in sorted({home.compound for home in homes}):
        there = [home for home in homes if home.compound == compound]
        if random.random() < COMMON_CAUSES * busy * days / 30:
            number += 1
            begin = start + timedelta(days=random.random() * days)
            sent += _arriving(random, cut, there[0].gateway_id, _common_cause(compound, there, begin, number))
    return sorted(sent, key=lambda one: (one.arrives, one.gateway_id, one.flag.flag_id, one.again))


def _poisson(random: Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


def _episode(random: Random, home: HomeAt, rate: Rate, begin: datetime, number: int) -> Iterator[FlagBody]:
    """Yield a situation's flags: raised, what is said while it goes on, cleared."""
    over = begin + _HOUR * rate.lasts_h * random.lognormvariate(0, 0.6)
    first = FlagBody(
        flag_id="",
        episode=f"{home.home_id}/{rate.kind.value}/{number}",
        number=0,
        home=home.home_id,
        kind=rate.kind,
        severity=rate.severity,
        event=FlagEvent.RAISED,
        at=begin,
        since=begin - _HOUR / 2,
        score=1.0,
        reason=f"{rate.kind.value}_found",
        text_zh=f"{begin:%H:%M} 起出现异常({rate.kind.value}),请查看。",
        text_en=f"Something unusual ({rate.kind.value}) since {begin:%H:%M} UTC: please look.",
        facts={"device": f"{home.home_id}-w"},
    )
    yield _numbered(first, 0)
    worse = min(Severity.CRITICAL.rank, rate.severity.rank + 1)
    grown = list(Severity)[max(worse, Severity.URGENT.rank)] if random.random() < rate.grows else rate.severity
    count = 0
    again = begin + UPDATES_EVERY.get(rate.severity, 24 * _HOUR)
    while again < over and count < MOST_UPDATES:
        count += 1
        yield _numbered(replace(first, event=FlagEvent.UPDATED, at=again, severity=grown, score=1.0 + count), count)
        again += UPDATES_EVERY.get(grown, 24 * _HOUR)
    yield _numbered(replace(first, event=FlagEvent.CLEARED, at=over, severity=grown), count + 1)


def _common_cause(compound: str, homes: Sequence[HomeAt], begin: datetime, number: int) -> Iterator[FlagBody]:
    """Yield one flag for a whole compound, then what some of its homes say for themselves, and the end."""
    names = ",".join(home.home_id for home in homes)
    place = FlagBody(
        flag_id="",
        episode=f"{compound}/feeder/{number}",
        number=0,
        home=f"{compound}/feeder",
        kind=FlagKind.COMMON_CAUSE,
        severity=Severity.URGENT,
        event=FlagEvent.RAISED,
        at=begin,
        since=begin,
        score=float(len(homes)),
        reason="supply_lost_together",
        text_zh=f"整片停电:{len(homes)} 户。",
        text_en=f"The power is gone in {len(homes)} homes at once.",
        facts={"homes": names, "place": "feeder"},
    )
    yield _numbered(place, 0)
    for home in homes[::3]:
        own = replace(
            place,
            episode=f"{home.home_id}/supply/{number}",
            home=home.home_id,
            kind=FlagKind.SUPPLY_LOST,
            severity=Severity.VISIT,
            at=begin + timedelta(minutes=20),
            facts={},
        )
        yield _numbered(own, 0)
        yield _numbered(replace(own, event=FlagEvent.CLEARED, at=begin + 2 * _HOUR), 1)
    yield _numbered(replace(place, event=FlagEvent.CLEARED, at=begin + 2 * _HOUR), 1)


def _numbered(flag: FlagBody, number: int) -> FlagBody:
    return replace(flag, number=number, flag_id=f"{flag.episode}.{number}")


def _arriving(
    random: Random, cut: dict[str, GatewayOutage], gateway_id: str, flags: Iterator[FlagBody]
) -> Iterator[Sent]:
    """Yield the flags with the time at which they come: some seconds later, or when the gateway is back."""
    for flag in flags:
        arrives = flag.at + timedelta(seconds=random.uniform(0.2, 3.0))
        outage = cut.get(gateway_id)
        if outage is not None and outage.start <= flag.at < outage.end:
            arrives = outage.end + timedelta(seconds=random.uniform(0, 5))
        yield Sent(arrives, gateway_id, flag)
        if random.random() < TWICE:
            yield Sent(arrives + timedelta(seconds=30), gateway_id, flag, again=True)
