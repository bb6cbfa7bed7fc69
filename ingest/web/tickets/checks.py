"""Checks: what somebody at a door goes through, by what the ticket is about. The words stand in the catalogues.

Ticks go along with the outcome, as lines of its note: what was done is then known to who reviews. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingest.domain.tickets.ticket import GATEWAY_SILENT
from ingest.web.base.languages import Catalogue
from models.flag import FlagKind

_DOOR = ("phone", "ring", "listen", "neighbours", "key", "call_120")
_WATER = ("phone", "ring", "taps", "main_tap", "floor_below")
_DEVICE = ("phone", "lights", "wires", "battery", "test_button")

CHECKS: dict[str, tuple[str, ...]] = {
    FlagKind.SMOKE: ("outside", "call_119", "no_lift", "neighbours_out", "harmless"),
    FlagKind.RUNNING_WATER: _WATER,
    FlagKind.LEAK: _WATER,
    FlagKind.APPLIANCE_ON: ("phone", "ring", "stove", "blanket", "key"),
    FlagKind.SUPPLY_LOST: ("phone", "ring", "fuse", "fridge", "warm"),
    FlagKind.DEVICE_SILENT: _DEVICE,
    FlagKind.DEVICE_TROUBLE: _DEVICE,
    FlagKind.HOME_BLIND: _DEVICE,
    GATEWAY_SILENT: ("lights", "wires", "fuse"),
}
"""By the ticket's kind; whatever has no list of its own is about the person."""


def checks_of(kind: str) -> tuple[str, ...]:
    """Return the steps in the order in which they make sense."""
    return CHECKS.get(kind, _DOOR)


def every_check() -> set[str]:
    """Return all steps that need a word."""
    return {one for steps in (*CHECKS.values(), _DOOR) for one in steps}


def note_with(note: str, ticked: Iterable[str], words: Catalogue, longest: int) -> str:
    """Return the note with a line of what was done before it; what is no step of ours is left out."""
    done = [words.label("check", one) for one in ticked if one in every_check()]
    if not done:
        return note
    return "\n".join(filter(None, ("✓ " + " ✓ ".join(done), note)))[:longest]
