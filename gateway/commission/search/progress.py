"""Progress of a scan: one line that changes on a terminal, a line now and then elsewhere. Writes to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable

EVERY_S = 15.0
"""Where there is no terminal, a log should not fill."""


class Progress:
    """Says what is being asked, what was found, how long it has taken, and how much longer it may."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._begun = now()
        self._said = self._begun - EVERY_S

    def show(self, text: str, found: int, left_s: float) -> None:
        """Show where the scan is; `left_s` is how long it goes on if nobody else answers."""
        line = f"{text}: {found} found, {_spoken(self._now() - self._begun)} gone, about {_spoken(left_s)} left"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        elif self._now() - self._said >= EVERY_S:
            self._said = self._now()
            print(line, file=sys.stderr, flush=True)

    def tell(self, text: str) -> None:
        """Say something that is to stay."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
        print(text, file=sys.stderr, flush=True)


def _spoken(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
