"""Place memory: what waits and what goes on in a gateway's places, to and from JSON. Times are ISO 8601, UTC."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.common_cause.common_cause import CommonCauseState, PlaceEpisode

VERSION = 1


class PlaceMemoryError(ValueError):
    """A stored memory that can't be read."""


def dump_places(state: CommonCauseState) -> str:
    """Return what waits and goes on as versioned JSON; the places themselves are not part of it."""
    body = {
        "version": VERSION,
        "waiting": [_plain(flag) for flag in state.waiting],
        "going": [
            {
                "flag": _plain(one.flag),
                "cause": one.cause.value,
                "place_id": one.place_id,
                "homes": sorted(one.homes),
                "listed": sorted(one.listed),
                "inside": dict(one.inside),
                "told": sorted(one.told),
            }
            for one in state.going.values()
        ],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def load_places(text: str, state: CommonCauseState, episodes: Collection[str]) -> None:
    """Put back into `state` what `dump_places` wrote; `episodes` are those that still go on in the homes.

    A cause of which no episode is left (its homes were taken off the list) is forgotten; raises `PlaceMemoryError`
    and changes nothing when the text can't be read.
    """
    try:
        body = json.loads(text)
        if body["version"] != VERSION:
            raise PlaceMemoryError(f"it has version {body['version']}, this program reads {VERSION}")
        waiting = [_flag(one) for one in body["waiting"]]
        going = [_episode(one, episodes) for one in body["going"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlaceMemoryError(f"the memory of the places can't be read: {error}") from error
    state.waiting = waiting
    state.going = {one.flag.episode: one for one in going if one.inside}


def _plain(flag: Flag) -> dict[str, Any]:
    plain = asdict(flag)
    plain["evidence"] |= {"facts": dict(flag.evidence.facts), "more": dict(flag.evidence.more)}
    return {**plain, "at": flag.at.isoformat(), "since": flag.since.isoformat()}


def _flag(plain: Mapping[str, Any]) -> Flag:
    told = {
        "kind": FlagKind(plain["kind"]),
        "severity": Severity(plain["severity"]),
        "event": FlagEvent(plain["event"]),
        "at": datetime.fromisoformat(plain["at"]),
        "since": datetime.fromisoformat(plain["since"]),
        "evidence": Evidence(**plain["evidence"]),
    }
    return Flag(**{**plain, **told})


def _episode(plain: Mapping[str, Any], episodes: Collection[str]) -> PlaceEpisode:
    return PlaceEpisode(
        flag=_flag(plain["flag"]),
        cause=FlagKind(plain["cause"]),
        place_id=plain["place_id"],
        homes=frozenset(plain["homes"]),
        listed=frozenset(plain["listed"]),
        inside={episode: home for episode, home in plain["inside"].items() if episode in episodes},
        told=frozenset(plain["told"]),
    )
