"""Hold: when a verdict becomes a flag, when it is repeated, and when it is cleared. Knows no detector."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.core.verdict import Verdict

REPEAT_S = 6 * 3600.0
"""An urgent episode that goes on is told again after so long, then each time it has lasted twice as long as when it was
last told. A calmer one is told again only if it grows more urgent: an update says something new, or nothing."""


@dataclass(slots=True)
class Episode:
    """A situation that has been raised and is not over. Times in epoch seconds."""

    name: str
    kind: str
    severity: str
    since: float
    score: float
    reason: str
    number: int
    told_at: float


def episode_name(home: str, key: str, since: float) -> str:
    """Return the name of an episode: the same situation replayed has the same name."""
    text = f"{home}\x00{key}\x00{round(since * 1000)}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def settle(episodes: dict[str, Episode], home: str, verdict: Verdict, now: float) -> Flag | None:
    """Return the flag that follows from a verdict: raised, updated, or None when there is nothing new to tell."""
    episode = episodes.get(verdict.key)
    if episode is None:
        name = episode_name(home, verdict.key, verdict.since)
        episode = Episode(name, verdict.kind, verdict.severity, verdict.since, verdict.score, verdict.reason, 0, now)
        episodes[verdict.key] = episode
        return _flag(home, episode, FlagEvent.RAISED, now, verdict.evidence)
    rises = verdict.severity.rank > Severity(episode.severity).rank
    is_urgent = verdict.severity.rank >= Severity.URGENT.rank
    goes_on = is_urgent and now - episode.told_at >= max(REPEAT_S, episode.told_at - episode.since)
    if not rises and not goes_on:
        return None
    if rises:
        episode.severity = verdict.severity
        episode.reason = verdict.reason
    episode.score = max(episode.score, verdict.score)
    episode.number += 1
    episode.told_at = now
    return _flag(home, episode, FlagEvent.UPDATED, now, verdict.evidence)


def clear(episodes: dict[str, Episode], home: str, key: str, now: float, evidence: Evidence) -> Flag | None:
    """Return the flag that ends the episode under `key`, or None when there is none."""
    episode = episodes.pop(key, None)
    if episode is None:
        return None
    episode.number += 1
    return _flag(home, episode, FlagEvent.CLEARED, now, evidence)


def _flag(home: str, episode: Episode, event: FlagEvent, now: float, evidence: Evidence) -> Flag:
    return Flag(
        home=home,
        kind=FlagKind(episode.kind),
        severity=Severity(episode.severity),
        event=event,
        at=datetime.fromtimestamp(now, UTC),
        since=datetime.fromtimestamp(episode.since, UTC),
        score=round(episode.score, 4),
        reason=episode.reason,
        evidence=evidence,
        episode=episode.name,
        number=episode.number,
    )
