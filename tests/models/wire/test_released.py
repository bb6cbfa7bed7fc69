"""Messages as each version has sent them, by the day of the version: they decode for ever, and nothing of them is lost.

The files were written by hand from the messages' declarations of that day. A new field comes with a new file; no file
is ever changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.wire.codec import decode, kind_of, read_body, write_body
from models.wire.messages import (
    AwayChanged,
    Canary,
    FlagBody,
    HabitCounts,
    Heartbeat,
    MessageKind,
    OnCallChanged,
    Receipt,
    SettingsChanged,
    ToldLocally,
    UsageSummary,
)

FILES = sorted((Path(__file__).parent / "released").glob("*.json"))
BODIES: dict[str, type[Any]] = {
    "flag": FlagBody,
    "heartbeat": Heartbeat,
    "usage_summary": UsageSummary,
    "receipt": Receipt,
    "away_changed": AwayChanged,
    "settings_changed": SettingsChanged,
    "habit_counts": HabitCounts,
    "told_locally": ToldLocally,
    "canary": Canary,
    "on_call_changed": OnCallChanged,
}


def holds(new: object, old: object) -> bool:
    """Whether everything that `old` says is in `new`, whatever `new` says besides."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and holds(new[key], value) for key, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(new) == len(old) and all(map(holds, new, old))
    return new == old


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_of_an_older_version_is_read_whole(file: Path) -> None:
    data = file.read_bytes()
    envelope = decode(data)
    body = read_body(envelope, BODIES[envelope.kind])
    assert kind_of(body).value == envelope.kind
    assert holds(write_body(body), json.loads(data)["body"])


def test_every_kind_has_a_message_of_the_day_it_began() -> None:
    assert {decode(file.read_bytes()).kind for file in FILES} == set(MessageKind) == set(BODIES)


def test_what_was_dropped_would_be_seen() -> None:
    assert not holds({"a": 1}, {"a": 1, "b": 2})
    assert not holds({"a": [1]}, {"a": [1, 2]})
