"""Surroundings: what is known about the people around a ticket; its reach at any moment follows from it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.domain.duty.calling import Reach
from ingest.domain.duty.holidays import PLAIN_WEEKS, Calendar
from ingest.domain.duty.oncall import on_call_at
from ingest.domain.duty.roster import Roster


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everybody who could be asked, and the rosters that say who is on call when."""

    standing: Reach
    """Without anybody on call."""
    rosters: Sequence[Roster] = ()
    calendar: Calendar = PLAIN_WEEKS

    def reach_at(self, at: datetime) -> Reach:
        """Return who can be asked at one moment, and who of them is on call."""
        areas = {roster.area_id for roster in self.rosters}
        on_call = {
            area: frozenset(on_call_at([r for r in self.rosters if r.area_id == area], self.calendar, at))
            for area in areas
        }
        return replace(self.standing, on_call=on_call)
