"""Wording: what a notice says beyond the flag's own words: why it comes to this person now."""

from __future__ import annotations

from ingest.channels.texts import fitting, notice_text
from ingest.domain.base.people import Kind
from ingest.domain.duty.calling import Purpose
from ingest.domain.duty.coverage_notices import ROSTER_HOLE
from ingest.domain.tickets.check_in import CheckInStep
from ingest.domain.tickets.ticket import GATEWAY_SILENT, Condition, Event, Ticket
from ingest.domain.tickets.ticket_notes import NoteKind
from models.flag import FlagKind
from models.texts.texts import text_of

_WHY: dict[Purpose, str] = {
    Purpose.OFFERED: "notices.why.offered",
    Purpose.WORSE: "notices.why.worse",
    Purpose.OVERDUE: "notices.why.overdue",
    Purpose.REVIEW: "notices.why.review",
}
_ABOUT_VISITOR: dict[Purpose, str] = {
    Purpose.CHECK_IN: "notices.visitor.check_in",
    Purpose.CHECK_IN_MISSED: "notices.visitor.check_in_missed",
    Purpose.CHECK_IN_HELP: "notices.visitor.check_in_help",
}
NEWS: dict[str, str] = {
    Event.TAKE.value: "notices.news.take",
    Event.ARRIVE.value: "notices.news.arrive",
    Event.GIVE_BACK.value: "notices.news.give_back",
    Event.RESOLVE.value: "notices.news.resolve",
    Event.CLOSE.value: "notices.news.close",
    Event.REOPEN.value: "notices.news.reopen",
    Event.MERGE.value: "notices.news.merge",
    Event.NEW_FLAG.value: "notices.news.new_flag",
    NoteKind.MERGED_IN.value: "notices.news.merged_in",
    NoteKind.COMMENT.value: "notices.news.comment",
    NoteKind.PHOTO.value: "notices.news.photo",
    NoteKind.SEEN_WELL.value: "notices.news.seen_well",
    CheckInStep.MISSED.value: "notices.news.check_in_missed",
    CheckInStep.HELP.value: "notices.news.check_in_help",
}
"""What watchers are told, by the history's word for it."""


_DETECTORS = frozenset({*(kind.value for kind in FlagKind), GATEWAY_SILENT})
"""Kinds to whose sentence is added what a detector means; that of any other kind, a wing's too, says all."""


def words_of(
    ticket: Ticket, purpose: Purpose, label: str, language: str, link: str, *, news: str = ""
) -> tuple[str, str]:
    """Return (title, text) of a notice about `ticket`; for watchers `news` is the history's word for what happened."""
    if purpose is Purpose.CHANGED:
        title = text_of(language, "notices.title.watched", home=label)
        return title, _short(NEWS[news], label, language, link)
    if purpose in _ABOUT_VISITOR:
        title = text_of(language, "notices.title.check_in", home=label)
        return title, _short(_ABOUT_VISITOR[purpose], label, language, link)
    if ticket.kind == ROSTER_HOLE:
        return _about_roster(ticket, language, link)
    said = _said(ticket, language)
    if purpose in _WHY:
        said = text_of(language, _WHY[purpose], said=said)
    if ticket.kind not in _DETECTORS:
        return _please_look(said, label, language, link)
    step = ticket.step if purpose is Purpose.ASKED else 0
    # a silent gateway means that no home behind it can be watched
    kind = FlagKind.HOME_BLIND if ticket.kind == GATEWAY_SILENT else FlagKind(ticket.kind)
    return notice_text(kind, ticket.severity, said, label, language, link, step)


def _said(ticket: Ticket, language: str) -> str:
    """Return what was noticed, and that it looks normal again where it does: nobody is rung with an old sentence."""
    said = ticket.text_en if language == "en" else ticket.text_zh
    return text_of(language, "notices.why.cleared", said=said) if ticket.condition is Condition.CLEARED else said


def _fitted(said: str, language: str, key: str, **facts: str) -> str:
    """Return the text at `key` with as much of what is `said` as a text message takes."""

    def compose(said: str) -> str:
        return text_of(language, key, said=said, **facts)

    return compose(fitting(said, compose))


def _please_look(said: str, label: str, language: str, link: str) -> tuple[str, str]:
    title = text_of(language, "notices.title.please_look", home=label)
    return title, _fitted(said, language, "notices.text.please_look", home=label, link=link)


def _about_roster(ticket: Ticket, language: str, link: str) -> tuple[str, str]:
    title = text_of(language, "notices.title.roster", place=ticket.subject)
    return title, _fitted(_said(ticket, language), language, "notices.text.roster", link=link)


def _short(news: str, label: str, language: str, link: str) -> str:
    return text_of(language, "notices.text.news", home=label, news=text_of(language, news), link=link)


def words_for_home(ticket: Ticket, kind: Kind, label: str, language: str) -> tuple[str, str]:
    """Return (title, text) for the resident or a contact: what was noticed, and what they can do. No link."""
    key = "notices.text.resident" if kind is Kind.RESIDENT else "notices.text.contact"
    title = text_of(language, "notices.title.home", home=label)
    return title, _fitted(_said(ticket, language), language, key, home=label)
