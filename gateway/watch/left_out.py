"""Left out: that a home's device, a home, or a paper of the gateway can't be used is told, as flags. Pure.

A home of which a device is left out is not watched by it, and somebody must know. What belongs to no home is told of
the gateway. A flag is raised once and cleared by the first start at which the paper is good again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.core.hold import episode_name

FACT = "left_out"
"""The fact under which what is raised is kept."""
REASON = "left_out"


class LeftOutWatch:
    """What is left out since when, by home and name, across restarts."""

    def __init__(self, gateway_id: str, memory: str | None = None) -> None:
        """`memory` is what an earlier run has remembered."""
        self._gateway_id = gateway_id
        self._since = _read(memory)

    def memory(self) -> str:
        """Return what the next run must know."""
        return json.dumps(self._since)

    def note(self, left_out: Mapping[tuple[str, str], int], now: datetime) -> list[Flag]:
        """Take in what is left out at a start, (home, name) with the line of the error; return what is to be told.

        With an empty home the name is a paper's. Where the name is the home's own, all of it is left out.
        """
        flags: list[Flag] = []
        for key, since in list(self._since.items()):
            home, _, name = key.partition("\n")
            if (home, name) not in left_out:
                del self._since[key]
                raised = self._raised(home, name, 0, datetime.fromisoformat(since))
                over = Evidence({"device": name}, key="flags.paper.over")
                flags.append(replace(raised, event=FlagEvent.CLEARED, at=now, number=1, evidence=over))
        for (home, name), line in left_out.items():
            key = f"{home}\n{name}"
            if key not in self._since:
                self._since[key] = now.isoformat()
                flags.append(self._raised(home, name, line, now))
        return flags

    def _raised(self, home: str, name: str, line: int, since: datetime) -> Flag:
        key = "flags.paper.gateway" if not home else "flags.paper.home" if home == name else "flags.paper.device"
        facts: dict[str, str | int | float | bool | None] = {"device": name}
        return Flag(
            home=home or self._gateway_id,
            kind=FlagKind.DEVICE_TROUBLE,
            severity=Severity.VISIT if home else Severity.MAINTENANCE,
            event=FlagEvent.RAISED,
            at=since,
            since=since,
            score=1.0,
            reason=REASON,
            evidence=Evidence(facts if home else {**facts, "line": line}, key=key),
            episode=episode_name(home or self._gateway_id, f"{REASON}/{name}", since.timestamp()),
        )


def _read(memory: str | None) -> dict[str, str]:
    try:
        kept = json.loads(memory or "{}")
        return {str(key): datetime.fromisoformat(since).isoformat() for key, since in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
