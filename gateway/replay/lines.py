"""Lines: a flag as one line of JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from gateway.watch.home_status import as_plain
from models.flag import Flag
from models.texts.flag_texts import sentences_of
from models.wire.messages import HomeWatchState


def flag_line(flag: Flag) -> str:
    """Return the flag as JSON without a line end; times are UTC, ISO 8601."""
    text_zh, text_en = sentences_of(flag.evidence)
    return json.dumps(
        {
            "home": flag.home,
            "kind": flag.kind.value,
            "severity": flag.severity.value,
            "event": flag.event.value,
            "at": _time(flag.at),
            "since": _time(flag.since),
            "score": flag.score,
            "reason": flag.reason,
            "text_zh": text_zh,
            "text_en": text_en,
            "facts": dict(flag.evidence.facts),
            "flag_id": flag.flag_id,
            "episode": flag.episode,
            "number": flag.number,
        },
        ensure_ascii=False,
    )


def state_line(state: HomeWatchState) -> str:
    """Return how well a home is watched, as JSON; `notice_by` is when a fall now would be noticed, or null."""
    return json.dumps(as_plain(state), ensure_ascii=False)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
