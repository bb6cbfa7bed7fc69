"""Place: many homes of one place changing in the same minutes are one flag about the place, not one for each home.

Works on flags that the homes' panels have raised: a feeder that is cut, a bus that dies, a gateway that hears nobody.
Flags of kinds that such a cause brings are held back for a short while; if enough homes of a place bring the same one,
a single flag with the list of homes goes out instead of them, else they go out as they are. Homes inside stay watched.
Smoke, silence and taps are never held back nor folded. Pure; belongs to one caller at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.core.hold import episode_name

FOLDED: frozenset[FlagKind] = frozenset({FlagKind.DEVICE_SILENT, FlagKind.HOME_BLIND, FlagKind.SUPPLY_LOST})
"""Kinds that one cause brings to many homes at once."""
HOLD = timedelta(minutes=10)
"""So long is a flag of such a kind held back at most."""
_SETTLE = timedelta(minutes=5)
"""One round of polling: what has one cause has mostly shown itself by then."""
_SAME = timedelta(minutes=20)
"""Episodes that began within so long of each other may have one cause."""
_LEAST_HOMES = 4
_LEAST_SHARE = 0.3
_WHOLE = 0.8
"""From this share on a place counts as wholly hit."""


class ScopeKind(StrEnum):
    """What homes can have in common."""

    LINE = "line"
    BUILDING = "building"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class CauseScope:
    """Homes that share a bus, a building or the gateway; a line names its devices too."""

    place_id: str
    name: str
    kind: ScopeKind
    homes: frozenset[str]
    devices: frozenset[str] = frozenset()

    def has(self, flag: Flag) -> bool:
        """Return whether a flag is about this place. A silent device is about its own line only."""
        device = flag.evidence.facts.get("device")
        if self.kind is ScopeKind.LINE and flag.kind is FlagKind.DEVICE_SILENT and isinstance(device, str):
            return device in self.devices
        return flag.home in self.homes


@dataclass(frozen=True, slots=True)
class PlaceEpisode:
    """A common cause that goes on: its last flag, what it is made of, the homes inside, all and so far told.

    `inside` gives the home of each episode that it stands for; `told` are those that went out by themselves as well.
    """

    flag: Flag
    cause: FlagKind
    place_id: str
    homes: frozenset[str]
    listed: frozenset[str]
    inside: Mapping[str, str]
    told: frozenset[str] = frozenset()


@dataclass(slots=True)
class CommonCauseState:
    """The places of one gateway, what waits, and what goes on, by the name of the place's episode."""

    places: tuple[CauseScope, ...]
    zone: tzinfo = UTC
    waiting: list[Flag] = field(default_factory=list)
    going: dict[str, PlaceEpisode] = field(default_factory=dict)


def fold(state: CommonCauseState, flags: Iterable[Flag], now: datetime) -> list[Flag]:
    """Take in the homes' flags of this moment (often none); return what is to be sent now.

    Call it at least once a minute of the readings' time, so that what was held back goes out.
    """
    out: list[Flag] = []
    for flag in flags:
        if flag.kind not in FOLDED or not _places_of(state, flag):
            out.append(flag)
        elif flag.event is FlagEvent.RAISED:
            _take(state, flag)
        else:
            out += _follow(state, flag, now)
    for kind in sorted(FOLDED):
        out += _judge(state, kind, now)
    return out + _joined(state, now) + _let_go(state, now)


def next_wake(state: CommonCauseState) -> datetime | None:
    """Return when something that is held back may have to go out, None if nothing is held back."""
    wakes = [flag.at + HOLD for flag in state.waiting if flag.event is not FlagEvent.RAISED]
    wakes += [flag.at + _SETTLE for flag in state.waiting if flag.event is FlagEvent.RAISED]
    wakes += [going.flag.at + HOLD for going in state.going.values() if going.homes != going.listed]
    return min(wakes, default=None)


def move(state: CommonCauseState, by: timedelta) -> None:
    """Move what waits and what goes on with the clock that was set by so much; a flag keeps its identity."""

    def moved(flag: Flag) -> Flag:
        return replace(flag, at=flag.at + by, since=flag.since + by)

    state.waiting = [moved(flag) for flag in state.waiting]
    state.going = {name: replace(one, flag=moved(one.flag)) for name, one in state.going.items()}


def empty(state: CommonCauseState) -> list[Flag]:
    """Return everything that is held back, as it is: at the end of a recording."""
    out, state.waiting = state.waiting, []
    return out


def _places_of(state: CommonCauseState, flag: Flag) -> list[CauseScope]:
    """Return the places that are big enough for a common cause and that the flag is about."""
    return [place for place in state.places if len(place.homes) >= _LEAST_HOMES and place.has(flag)]


def _take(state: CommonCauseState, flag: Flag) -> None:
    own = {place.place_id for place in _places_of(state, flag)}
    for name, going in state.going.items():
        alike = going.cause is flag.kind and going.place_id in own and abs(flag.since - going.flag.since) <= _SAME
        if alike:
            inside = {**going.inside, flag.episode: flag.home}
            state.going[name] = replace(going, homes=going.homes | {flag.home}, inside=inside)
            return
    if all(one.flag_id != flag.flag_id for one in state.waiting):
        state.waiting.append(flag)


def _follow(state: CommonCauseState, flag: Flag, now: datetime) -> list[Flag]:
    """An episode goes on or ends: one inside a place's own, one that still waits, or one that was sent."""
    for name, going in state.going.items():
        if flag.episode in going.inside:
            return _inside(state, name, flag, now)
    held = any(one.episode == flag.episode for one in state.waiting)
    if held and flag.event is FlagEvent.CLEARED:
        # over before it was told: nobody need hear of it
        state.waiting = [one for one in state.waiting if one.episode != flag.episode]
        return []
    if held:
        state.waiting.append(flag)
        return []
    return [flag]


def _inside(state: CommonCauseState, name: str, flag: Flag, now: datetime) -> list[Flag]:
    going = state.going[name]
    if flag.event is FlagEvent.UPDATED:
        if flag.severity.rank <= going.flag.severity.rank:
            return []
        # more urgent for this home than the place's own flag says: it must be heard
        state.going[name] = replace(going, told=going.told | {flag.episode})
        return [flag]
    out = [flag] if flag.episode in going.told else []
    left = {episode: home for episode, home in going.inside.items() if episode != flag.episode}
    if left:
        state.going[name] = replace(going, inside=left)
        return out
    del state.going[name]
    return [*out, _said(state, going, FlagEvent.CLEARED, now)]


def _judge(state: CommonCauseState, kind: FlagKind, now: datetime) -> list[Flag]:
    """Find the common causes among what waits, once one round of polling has passed."""
    out: list[Flag] = []
    while True:
        raised = [one for one in state.waiting if one.kind is kind and one.event is FlagEvent.RAISED]
        if not raised or all(timedelta(0) <= now - one.at < _SETTLE for one in raised):
            return out
        found = _best(state, sorted(raised, key=lambda one: one.since))
        if found is None:
            return out
        place, alike = found
        inside = {one.episode: one.home for one in alike}
        state.waiting = [one for one in state.waiting if one.episode not in inside]
        out.append(_begin(state, place, alike, inside, now))


def _best(state: CommonCauseState, raised: Sequence[Flag]) -> tuple[CauseScope, list[Flag]] | None:
    """Return the place that explains most: hit as a whole rather than in part, with many homes, and no bigger."""
    natural = ScopeKind.LINE if raised[0].kind is FlagKind.DEVICE_SILENT else ScopeKind.BUILDING
    best: tuple[tuple[float, int, int, bool], CauseScope, list[Flag]] | None = None
    for place in state.places:
        alike = _alike([one for one in raised if place.has(one)])
        hit = len({one.home for one in alike})
        if hit < max(_LEAST_HOMES, _LEAST_SHARE * len(place.homes)):
            continue
        merit = (min(_WHOLE, hit / len(place.homes)), hit, -len(place.homes), place.kind is natural)
        if best is None or merit > best[0]:
            best = merit, place, alike
    return None if best is None else best[1:]


def _alike(raised: Sequence[Flag]) -> list[Flag]:
    """Return the largest group of flags, in order of `since`, that began within `_SAME` of its first."""
    groups = [[one for one in raised[at:] if one.since - first.since <= _SAME] for at, first in enumerate(raised)]
    return max(groups, key=lambda group: len({one.home for one in group}), default=[])


def _joined(state: CommonCauseState, now: datetime) -> list[Flag]:
    """Homes that joined after a place's flag went out are told together, not one by one."""
    out: list[Flag] = []
    for name, going in state.going.items():
        if going.homes != going.listed and not timedelta(0) <= now - going.flag.at < HOLD:
            flag = _said(state, going, FlagEvent.UPDATED, now)
            state.going[name] = replace(going, flag=flag, listed=going.homes)
            out.append(flag)
    return out


def _let_go(state: CommonCauseState, now: datetime) -> list[Flag]:
    # a clock that was set back must not hold anything for longer
    due = {one.episode for one in state.waiting if not timedelta(0) <= now - one.at < HOLD}
    out = [one for one in state.waiting if one.episode in due]
    state.waiting = [one for one in state.waiting if one.episode not in due]
    return out


def _begin(
    state: CommonCauseState, place: CauseScope, alike: Sequence[Flag], inside: Mapping[str, str], now: datetime
) -> Flag:
    kind, since = alike[0].kind, alike[0].since
    homes = frozenset(inside.values())
    flag = Flag(
        home=place.place_id,
        kind=FlagKind.COMMON_CAUSE,
        severity=Severity.URGENT if kind is FlagKind.SUPPLY_LOST else Severity.MAINTENANCE,
        event=FlagEvent.RAISED,
        at=now,
        since=since,
        score=len(homes) / len(place.homes),
        reason=f"many_{kind.value}",
        evidence=_evidence(state, place.place_id, kind, since, homes, over=False),
        episode=episode_name(place.place_id, f"common_cause/{kind.value}", since.timestamp()),
    )
    state.going[flag.episode] = PlaceEpisode(flag, kind, place.place_id, homes, homes, inside)
    return flag


def _said(state: CommonCauseState, going: PlaceEpisode, event: FlagEvent, now: datetime) -> Flag:
    """Return the next flag of a common cause that goes on."""
    over = event is FlagEvent.CLEARED
    evidence = _evidence(state, going.place_id, going.cause, going.flag.since, going.homes, over=over)
    return replace(going.flag, event=event, at=now, evidence=evidence, number=going.flag.number + 1)


def _evidence(
    state: CommonCauseState, place_id: str, kind: FlagKind, since: datetime, homes: frozenset[str], *, over: bool
) -> Evidence:
    listed = sorted(homes)
    place = next((one for one in state.places if one.place_id == place_id), None)
    watched = len(listed) if place is None else max(len(place.homes), len(listed))
    place_kind = ScopeKind.GATEWAY if place is None else place.kind
    name = place_id if place is None else place.name
    minute = since.astimezone(state.zone).strftime("%H:%M")
    return Evidence(
        {"homes": ",".join(listed), "count": len(listed), "watched": watched, "kind": kind.value, "place": name},
        key="flags.place.over" if over else "flags.place.begun",
        more={"place_kind": place_kind.value, "since": minute},
    )
