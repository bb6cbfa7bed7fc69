"""Case log: a ticket with all that was said of it, in order, for whoever counts afterwards. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.domain.tickets.check_in import CheckInStep
from ingest.domain.tickets.promise import ALARMING

_CRY = CheckInStep.HELP.value
_LEAVING = frozenset({"give_back", "decline", "no_answer", "reopen"})
"""After these nobody is at it, whatever was said before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ticket's log. `actor` None is the machine; `person_id` is whom the desk acted for.

    `severity` is that of the opening, or of what was added; None where the line says nothing of it.
    """

    at: datetime
    event: str
    actor: str | None
    person_id: str | None = None
    outcome: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as the figures need it; `log` is in order, `rule` is what raised it, `path` where."""

    ticket_id: str
    path: str
    kind: str
    rule: str
    severity: str
    opened_at: datetime
    log: Sequence[Entry]

    @property
    def is_alarm(self) -> bool:
        """Whether people should have come at once."""
        return self.severity in ALARMING

    @property
    def alarm_since(self) -> datetime:
        """When it became an alarm: at its opening, or when something worse was added.

        Logs from before 2026-11-26 do not say how urgent an opening was: then it counts from there.
        """
        said = [entry for entry in self.log if entry.severity is not None]
        if not said or said[0].at > self.opened_at:
            return self.opened_at
        return next((entry.at for entry in said if entry.severity in ALARMING), self.opened_at)

    @property
    def is_cry(self) -> bool:
        """Whether it became an alarm because who went there asked for help."""
        begun = self.alarm_since
        return any(entry.event == _CRY and entry.at == begun and entry.severity in ALARMING for entry in self.log)

    def first(self, *events: str) -> datetime | None:
        """Return when a person first said one of `events` of this alarm; what had been said and still held: at once."""
        begin, found = self.alarm_since, None
        for entry in self.log:
            if found is not None and entry.at >= begin:
                break
            if entry.event in events and entry.actor is not None:
                found = found or max(begin, entry.at)
            elif entry.event in _LEAVING and entry.at < begin:
                found = None
        return found
