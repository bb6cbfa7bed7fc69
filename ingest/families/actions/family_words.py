"""Family words: what a resident's contacts are told, plain and short. No figures of use, no hours of a habit.

Nothing is said about a hospital or a death: a person tells that, by voice.
"""

from __future__ import annotations

from ingest.domain.tickets.ticket import Outcome
from ingest.families.domain.family import Said

Words = tuple[str, str]
"""(title, text)"""

_MORNING: dict[Said, Words] = {
    Said.UP: ("{who}今早已经起来活动了。", "{who} is up this morning."),
    Said.NOT_YET: (
        "{who}今早到{by}还没有活动迹象。这不是报警，也许只是起得晚，您可以打个电话问问。一直没有动静的话，我们会请人上门看看。",
        "No sign yet of {who} being up at {by}. No alarm: maybe a late morning. Do ring; we look in if need be.",
    ),
    Said.CANT_TELL: (
        "{who}家今早没有数据传来，我们暂时看不出老人是否起来了，请您打个电话问问。设备我们会尽快检修。",
        "There are no data from the home of {who} this morning, so we can not tell. Please ring; we mend the devices.",
    ),
}
_UP_AFTER_ALL: Words = ("{who}现在有活动迹象了，请放心。", "{who} is up now.")
_RESOLVED: dict[Outcome, Words] = {
    Outcome.HELPED: (
        "{who}家刚才有情况，已有人到场帮忙，现在没事了。",
        "There was something at the home of {who}; somebody was there and helped, and all is well now.",
    ),
    Outcome.AWAY: (
        "我们刚才查看了{who}家，老人外出了，没有异常。",
        "We looked in on {who}: out and about, nothing wrong.",
    ),
    Outcome.HABIT: (
        "我们刚才查看了{who}的情况，老人平安。",
        "We looked in on {who}: all is well.",
    ),
    Outcome.DEVICE: (
        "{who}家刚才的报警是设备问题，老人平安。",
        "The alarm at the home of {who} was a device's fault: all is well.",
    ),
    Outcome.LEAK: (
        "{who}家用水异常，已有人到场处理。",
        "Water was running at the home of {who}; somebody has seen to it.",
    ),
}
"""What is passed on of a resolved ticket. Outcomes that are missing are told by a person, or are nothing to tell."""


def morning_words(said: Said, who: str, by: str, language: str, *, after_all: bool) -> Words:
    """Return a morning's word; `after_all`: they were told "not yet" before, or that nobody could tell."""
    return _titled(_UP_AFTER_ALL if said is Said.UP and after_all else _MORNING[said], language, who=who, by=by)


def resolved_words(outcome: str | None, who: str, language: str) -> Words | None:
    """Return what is said of a ticket with this outcome, None where nothing is."""
    if outcome not in set(Outcome):
        return None
    words = _RESOLVED.get(Outcome(outcome))
    return None if words is None else _titled(words, language, who=who)


def week_words(alarms: int, visits: int, who: str, language: str) -> Words:
    """Return the word of a week: whether there was anything to look into, and whether somebody visited."""
    if language == "en":
        matters = "Nothing had to be looked into." if alarms == 0 else "There was reason to look in, and people did."
        seen = " Our visitors were there." if visits else ""
        return f"[Linshe] {who}: the week", f"The week of {who}: {matters}{seen}"
    matters = "没有需要上门查看的情况。" if alarms == 0 else "有情况时都已有人查看。"
    seen = "探访人员来看望过。" if visits else ""
    return f"【邻舍】{who}本周情况", f"{who}这一周：{matters}{seen}"


def _titled(words: Words, language: str, **values: str) -> Words:
    if language == "en":
        return f"[Linshe] {values['who']}", words[1].format(**values)
    return f"【邻舍】{values['who']}", words[0].format(**values)
