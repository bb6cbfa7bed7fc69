"""Family words: what a resident's contacts are told, out of `config/texts/<language>/families.toml`."""

from __future__ import annotations

from ingest.domain.tickets.ticket import Outcome
from ingest.families.domain.family import Said
from models.texts.texts import text_of

Words = tuple[str, str]
"""(title, text)"""

_RESOLVED: dict[str, str] = {
    Outcome.HELPED: "families.resolved.helped",
    Outcome.AWAY: "families.resolved.away",
    Outcome.HABIT: "families.resolved.habit",
    Outcome.DEVICE: "families.resolved.device",
    Outcome.LEAK: "families.resolved.leak",
}
"""What is passed on of a resolved ticket. Outcomes that are missing are told by a person, or are nothing to tell."""


def morning_words(said: Said, who: str, by: str, language: str, *, after_all: bool) -> Words:
    """Return a morning's word; `after_all`: they were told "not yet" before, or that nobody could tell."""
    if said is Said.NOT_YET:
        text = text_of(language, "families.morning.not_yet", who=who, by=by)
    elif said is Said.CANT_TELL:
        text = text_of(language, "families.morning.cant_tell", who=who)
    elif after_all:
        text = text_of(language, "families.morning.up_after_all", who=who)
    else:
        text = text_of(language, "families.morning.up", who=who)
    return text_of(language, "families.title.news", who=who), text


def resolved_words(outcome: str | None, who: str, language: str) -> Words | None:
    """Return what is said of a ticket with this outcome, None where nothing is."""
    key = _RESOLVED.get(outcome or "")
    if key is None:
        return None
    return text_of(language, "families.title.news", who=who), text_of(language, key, who=who)


def week_words(alarms: int, visits: int, who: str, language: str) -> Words:
    """Return the word of a week: whether there was anything to look into, and whether somebody visited."""
    if alarms == 0:
        key = "families.week.quiet_visited" if visits else "families.week.quiet"
    else:
        key = "families.week.alarms_visited" if visits else "families.week.alarms"
    return text_of(language, "families.title.week", who=who), text_of(language, key, who=who)
