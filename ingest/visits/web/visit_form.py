"""The form of a visit's note, as a phone sends it, read into what the domain knows. Pure but for the site's zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from ingest.visits.domain.visit_note import LONGEST_TEXT, Found, Hazard, Meals, Medicine, Mood, VisitNote
from ingest.web.base.forms import CsrfForm, Several
from ingest.web.base.readable import kept_text


class NoteForm(CsrfForm):
    """What was ticked and written; an unknown tick counts as none."""

    found: str = ""
    minutes: str = ""
    ended: str = ""
    mood: str = ""
    meals: str = ""
    medicine: str = ""
    hazards: Several = Field(default_factory=list)
    went: Several = Field(default_factory=list)
    text: str = ""

    def note(self) -> VisitNote | None:
        """Return the note; None where nobody said how the resident was."""
        if self.found not in set(Found):
            return None
        return VisitNote(
            found=Found(self.found),
            minutes=int(self.minutes) if self.minutes.isascii() and self.minutes.isdigit() else 0,
            mood=Mood(self.mood) if self.mood in set(Mood) else None,
            meals=Meals(self.meals) if self.meals in set(Meals) else None,
            medicine=Medicine(self.medicine) if self.medicine in set(Medicine) else None,
            hazards=frozenset(Hazard(one) for one in self.hazards if one in set(Hazard)),
            text=kept_text(self.text, LONGEST_TEXT),
        )


class AgreeForm(CsrfForm):
    """When an appointment is."""

    when: str = ""


def rounded(now: datetime) -> datetime:
    """Return the whole five minutes before a moment: nobody remembers the end of a visit more exactly."""
    return now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
