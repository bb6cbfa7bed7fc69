"""Wording: what a notice says beyond the flag's own words: why it comes to this person now."""

from __future__ import annotations

from ingest.domain.absence import AWAY_OVERDUE
from ingest.domain.calling import Purpose
from ingest.domain.people import Kind
from ingest.domain.quietness import TEST_MISSED
from ingest.domain.ticket import BY_HAND, GATEWAY_SILENT, Ticket
from ingest.notify.texts import notice_text
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


def words_of(ticket: Ticket, purpose: Purpose, label: str, language: str, link: str) -> tuple[str, str]:
    """Return (title, text) of a notice about `ticket`."""
    why_zh, why_en = _WHY[purpose]
    evidence = Evidence(facts={}, text_zh=why_zh + ticket.text_zh, text_en=why_en + ticket.text_en)
    step = ticket.step if purpose is Purpose.ASKED else 0
    if ticket.kind in (BY_HAND, AWAY_OVERDUE, TEST_MISSED):
        return _by_hand(evidence, label, language, link)
    # a silent gateway means that no home behind it can be watched
    kind = FlagKind.HOME_BLIND if ticket.kind == GATEWAY_SILENT else FlagKind(ticket.kind)
    return notice_text(kind, ticket.severity, evidence, label, language, link, step)


def _by_hand(evidence: Evidence, label: str, language: str, link: str) -> tuple[str, str]:
    if language == "en":
        return f"[Linshe] Please look: {label}", f"{label}. {evidence.text_en} Open: {link}"
    return f"【邻舍】请前往查看:{label}", f"{label}。{evidence.text_zh} 处理:{link}"


def words_for_home(ticket: Ticket, kind: Kind, label: str, language: str) -> tuple[str, str]:
    """Return (title, text) for the resident or a contact: what was noticed, and what they can do. No link."""
    if language == "en":
        what = "Are you all right?" if kind is Kind.RESIDENT else "Please ring or look in if you can."
        helped = "People nearby are asked to look. In an emergency ring 120 or 119."
        return f"[Linshe] {label}", f"{label}: {ticket.text_en} {what} {helped}"
    what = "您还好吗?" if kind is Kind.RESIDENT else "请您打个电话或去看看。"
    return f"【邻舍】{label}", f"{label}:{ticket.text_zh}{what}我们会请附近的人前来查看。紧急情况请拨打120或119。"
