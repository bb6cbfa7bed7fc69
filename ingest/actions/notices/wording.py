"""Wording: what a notice says beyond the flag's own words: why it comes to this person now."""

from __future__ import annotations

from ingest.channels.texts import fitting, notice_text
from ingest.domain.base.people import Kind
from ingest.domain.duty.calling import Purpose
from ingest.domain.duty.coverage_notices import ROSTER_HOLE
from ingest.domain.tickets.check_in import CheckInStep
from ingest.domain.tickets.ticket import GATEWAY_SILENT, Event, Ticket
from ingest.domain.tickets.ticket_notes import NoteKind
from models.flag import Evidence, FlagKind

_WHY: dict[Purpose, tuple[str, str]] = {
    Purpose.ASKED: ("", ""),
    Purpose.OFFERED: ("值班台请您前往。", "The desk asks you to go. "),
    Purpose.WORSE: ("情况变得更紧急。", "It has become more urgent. "),
    Purpose.OVERDUE: (
        "已有人接手,但到时没有消息,请跟进。",
        "Somebody took it, but was not heard of in time: please follow up. ",
    ),
    Purpose.REVIEW: ("已处理完毕,等待复核。", "Resolved, and waiting to be reviewed. "),
}
_ABOUT_VISITOR: dict[Purpose, tuple[str, str]] = {
    Purpose.CHECK_IN: (
        "您进门已有一段时间,一切都好吗?请在一分钟内答复。",
        "You have been inside for a while. Is all well? Please answer within a minute.",
    ),
    Purpose.CHECK_IN_MISSED: (
        "进门的人两次没有答复,请马上联系,必要时派人前往。",
        "Who went inside did not answer twice: please reach them now, or send somebody.",
    ),
    Purpose.CHECK_IN_HELP: (
        "上门的人求助,请马上联系并派人前往,必要时拨打110或120。",
        "Who went there asks for help: please reach them now and send somebody, or ring 110 or 120.",
    ),
}
NEWS: dict[str, tuple[str, str]] = {
    Event.TAKE.value: ("已有人接手。", "Somebody has taken it."),
    Event.ARRIVE.value: ("已有人到现场。", "Somebody is there."),
    Event.GIVE_BACK.value: ("已退回,重新找人。", "It was given back; somebody else is asked."),
    Event.RESOLVE.value: ("已处理完毕。", "It is resolved."),
    Event.CLOSE.value: ("已复核关闭。", "It was reviewed and closed."),
    Event.REOPEN.value: ("已重新打开。", "It was reopened."),
    Event.MERGE.value: ("已并入另一张工单。", "It was merged into another ticket."),
    Event.NEW_FLAG.value: ("情况变得更紧急。", "It has become more urgent."),
    NoteKind.MERGED_IN.value: ("另一张工单并入此单。", "Another ticket was merged into it."),
    NoteKind.COMMENT.value: ("有新的备注。", "There is a new comment."),
    NoteKind.PHOTO.value: ("有新的照片。", "There is a new photo."),
    NoteKind.SEEN_WELL.value: ("已确认老人平安。", "The resident was seen well."),
    CheckInStep.MISSED.value: ("进门的人没有答复。", "Who went inside does not answer."),
    CheckInStep.HELP.value: ("上门的人求助。", "Who went there asks for help."),
}
"""What watchers are told, by the history's word for it."""


_DETECTORS = frozenset({*(kind.value for kind in FlagKind), GATEWAY_SILENT})
"""Kinds to whose sentence is added what a detector means; that of any other kind, a wing's too, says all."""


def words_of(
    ticket: Ticket, purpose: Purpose, label: str, language: str, link: str, *, news: str = ""
) -> tuple[str, str]:
    """Return (title, text) of a notice about `ticket`; for watchers `news` is the history's word for what happened."""
    if purpose is Purpose.CHANGED:
        titles = (f"【邻舍】关注的工单:{label}", f"[Linshe] A ticket you watch: {label}")
        return _short(titles, NEWS[news], label, language, link)
    if purpose in _ABOUT_VISITOR:
        titles = (f"【邻舍】平安确认:{label}", f"[Linshe] Check-in: {label}")
        return _short(titles, _ABOUT_VISITOR[purpose], label, language, link)
    why_zh, why_en = _WHY[purpose]
    if ticket.kind == ROSTER_HOLE:
        return _about_roster(ticket, language, link)
    evidence = Evidence(facts={}, text_zh=why_zh + ticket.text_zh, text_en=why_en + ticket.text_en)
    step = ticket.step if purpose is Purpose.ASKED else 0
    if ticket.kind not in _DETECTORS:
        return _by_hand(evidence, label, language, link)
    # a silent gateway means that no home behind it can be watched
    kind = FlagKind.HOME_BLIND if ticket.kind == GATEWAY_SILENT else FlagKind(ticket.kind)
    return notice_text(kind, ticket.severity, evidence, label, language, link, step)


def _by_hand(evidence: Evidence, label: str, language: str, link: str) -> tuple[str, str]:
    if language == "en":
        english = fitting(evidence.text_en, lambda said: f"{label}. {said} Open: {link}")
        return f"[Linshe] Please look: {label}", f"{label}. {english} Open: {link}"
    chinese = fitting(evidence.text_zh, lambda said: f"{label}。{said} 处理:{link}")
    return f"【邻舍】请前往查看:{label}", f"{label}。{chinese} 处理:{link}"


def _about_roster(ticket: Ticket, language: str, link: str) -> tuple[str, str]:
    if language == "en":
        said = fitting(ticket.text_en, lambda said: f"{said} Please find somebody. Open: {link}")
        return f"[Linshe] Roster: {ticket.subject}", f"{said} Please find somebody. Open: {link}"
    said = fitting(ticket.text_zh, lambda said: f"{said}请安排人员。处理:{link}")
    return f"【邻舍】排班空缺:{ticket.subject}", f"{said}请安排人员。处理:{link}"


def _short(
    titles: tuple[str, str], sentences: tuple[str, str], label: str, language: str, link: str
) -> tuple[str, str]:
    if language == "en":
        return titles[1], f"{label}: {sentences[1]} Open: {link}"
    return titles[0], f"{label}:{sentences[0]}处理:{link}"


def words_for_home(ticket: Ticket, kind: Kind, label: str, language: str) -> tuple[str, str]:
    """Return (title, text) for the resident or a contact: what was noticed, and what they can do. No link."""
    if language == "en":
        what = "Are you all right?" if kind is Kind.RESIDENT else "Please ring or look in if you can."
        helped = "People nearby are asked to look. In an emergency ring 120 or 119."
        english = fitting(ticket.text_en, lambda said: f"{label}: {said} {what} {helped}")
        return f"[Linshe] {label}", f"{label}: {english} {what} {helped}"
    what = "您还好吗?" if kind is Kind.RESIDENT else "请您打个电话或去看看。"
    helped = "我们会请附近的人前来查看。紧急情况请拨打120或119。"
    chinese = fitting(ticket.text_zh, lambda said: f"{label}:{said}{what}{helped}")
    return f"【邻舍】{label}", f"{label}:{chinese}{what}{helped}"
