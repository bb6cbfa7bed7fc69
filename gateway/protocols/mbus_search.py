"""Finds the secondary addresses on an M-Bus line by asking for ever narrower masks (EN 13757-3, wildcard search).

Pure: it says which mask to select next and is told what came back. Several meters that answer at once collide: then
the next digit is tried from 0 to 9. It must not know lines or time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

DIGITS = 8
ANY = "F"


class SearchHearing(Enum):
    """What came back after a selection."""

    NOTHING = "nothing"
    ONE = "one"
    """A clean acknowledgement, and then a readout with this meter's address."""
    COLLISION = "collision"
    """Noise, a broken acknowledgement, or a readout that could not be read: more than one, or a bad line."""


@dataclass(slots=True)
class SecondarySearch:
    """Walks the tree of masks depth first. `mask` is what to select now, None when all is done.

    `found` are the secondary addresses in the order of their discovery. `unresolved` are full numbers at which
    something still collided: two meters of the same number, or a line that is too noisy. `asked` counts selections.
    """

    found: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    asked: int = 0
    _open: list[str] = field(default_factory=lambda: [""])

    @property
    def mask(self) -> str | None:
        """The eight digits to select next, with F for any, or None."""
        return self._open[-1].ljust(DIGITS, ANY) if self._open else None

    @property
    def left(self) -> int:
        """How many masks are known to be asked still."""
        return len(self._open)

    def heard(self, what: SearchHearing, address: str = "") -> None:
        """Take what the last selection brought; with `ONE` the meter's `address` (8 digits, and what follows).

        Raises `ValueError` where nothing was asked, or where a clean answer comes without an address.
        """
        if not self._open:
            raise ValueError("the search is over: nothing was asked")
        self.asked += 1
        prefix = self._open.pop()
        if what is SearchHearing.NOTHING:
            return
        if what is SearchHearing.ONE:
            if not address:
                raise ValueError("an answer of one meter needs its address")
            if address not in self.found:
                self.found.append(address)
            return
        if len(prefix) == DIGITS:
            self.unresolved.append(prefix)
            return
        self._open += [prefix + digit for digit in "9876543210"]
