"""The vendor's inbox: what it took, each key once, how often it was sent again. Knows no HTTP and no clock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

MOST_MESSAGES = 20_000


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message as the person got it. `repeats` counts how often it came again after the first time."""

    number: int
    service: str
    key: str
    to: str
    title: str
    text: str
    link: str
    language: str
    at: str
    repeats: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the message as plain data."""
        return asdict(self)


class Inbox:
    """All messages of one vendor, in the order they came; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: dict[str, InboxMessage] = {}
        self._taken = 0

    def take(self, service: str, key: str, fields: Mapping[str, str], at: str) -> tuple[InboxMessage, bool]:
        """Keep a message and return it with whether it is new; the same service and key again only counts.

        A message without a key is always new: nothing says that it is the same.
        """
        with self._lock:
            name = f"{service} {key or f'#{self._taken}'}"
            known = self._messages.get(name)
            if known is not None:
                self._messages[name] = again = replace(known, repeats=known.repeats + 1)
                return again, False
            self._taken += 1
            message = InboxMessage(
                number=self._taken,
                service=service,
                key=key,
                to=fields.get("to", ""),
                title=fields.get("title", ""),
                text=fields.get("text", ""),
                link=fields.get("link", ""),
                language=fields.get("language", ""),
                at=at,
            )
            self._messages[name] = message
            if len(self._messages) > MOST_MESSAGES:
                del self._messages[next(iter(self._messages))]
            return message, True

    def messages(self) -> list[InboxMessage]:
        """Return what came, oldest first."""
        with self._lock:
            return list(self._messages.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._messages.clear()
