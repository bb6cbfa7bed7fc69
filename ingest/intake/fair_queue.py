"""Fair line: who waits is taken in turn, one of each sender: whoever sends much waits for itself alone. Pure."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class QueueFullError(RuntimeError):
    """Too many wait already; `own` says that they are all of this sender."""

    def __init__(self, *, own: bool) -> None:
        self.own = own
        super().__init__("too many messages of this gateway wait" if own else "too many messages wait")


class FairQueue(Generic[T]):
    """Items in their sender's order; senders in rotation."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most, self._most_each = most, most_each
        self._lines: dict[str, deque[T]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, sender: str, item: T) -> None:
        """Let an item wait; raises `QueueFullError`."""
        line = self._lines.get(sender)
        if line is not None and len(line) >= self._most_each:
            raise QueueFullError(own=True)
        if self._count >= self._most:
            raise QueueFullError(own=False)
        self._lines.setdefault(sender, deque()).append(item)
        self._count += 1

    def take(self, most: int) -> list[T]:
        """Return up to `most` items: one of each sender, then the next of each, and so on."""
        taken: list[T] = []
        while self._lines and len(taken) < most:
            sender, line = next(iter(self._lines.items()))
            taken.append(line.popleft())
            # to the end of the rotation, or out of it
            del self._lines[sender]
            if line:
                self._lines[sender] = line
        self._count -= len(taken)
        return taken
