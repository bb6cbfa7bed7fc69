"""Disk: that nothing is stored is told to who mends gateways, as a flag about the gateway itself. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.core.hold import episode_name

REASON = "nothing_stored"
_KEY = "state_file"
_GOES_ON = Evidence({}, key="flags.gateway.nothing_stored")
_OVER = Evidence({}, key="flags.gateway.stores_again")


class DiskWatch:
    """One gateway's disk. The flag's home is the gateway: no home is meant."""

    def __init__(self, gateway_id: str, memory: str | None = None) -> None:
        """`memory` is what an earlier run has remembered: it goes on with that one's episode."""
        self._gateway_id = gateway_id
        self._since = _read(memory)

    def memory(self) -> str:
        """Return what the next run must know: since when nothing is stored, "" while everything is."""
        return "" if self._since is None else self._since.isoformat()

    def note(self, trouble: str | None, now: datetime) -> list[Flag]:
        """Take in what is wrong with the disk, None for nothing; return what is to be told."""
        since = self._since
        if trouble is None:
            self._since = None
            if since is None:
                return []
            return [replace(self._raised(since), event=FlagEvent.CLEARED, at=now, number=1, evidence=_OVER)]
        if since is not None:
            return []
        self._since = now
        return [self._raised(now)]

    def _raised(self, since: datetime) -> Flag:
        return Flag(
            home=self._gateway_id,
            kind=FlagKind.DEVICE_TROUBLE,
            severity=Severity.MAINTENANCE,
            event=FlagEvent.RAISED,
            at=since,
            since=since,
            score=1.0,
            reason=REASON,
            evidence=_GOES_ON,
            episode=episode_name(self._gateway_id, _KEY, since.timestamp()),
        )


def _read(memory: str | None) -> datetime | None:
    try:
        since = datetime.fromisoformat(memory or "")
    except ValueError:
        return None
    return None if since.tzinfo is None else since
