"""Replies: what a person hears after pressing a digit, and what they are asked to press."""

from __future__ import annotations

from ingest.channels.contract import Asks

_SAY: dict[str, tuple[str, str]] = {
    "goes": ("好的,请前往。谢谢您!", "Thank you, please go."),
    "cannot": ("好的,已记录您不能前往。", "Noted that you can't go."),
    "taken_by_other": ("已有人前往,您不必去了。谢谢!", "Somebody is already going, you need not. Thank you!"),
    "too_late": ("这件事已经处理,谢谢!", "This has been dealt with. Thank you!"),
    "received": ("", ""),
    "well": ("好的,已记录平安。祝您安康!", "Thank you, we have noted that all is well."),
    "well_noted": (
        "已记录平安。为稳妥起见,我们仍会派人查看。",
        "We have noted that all is well. To be safe, somebody still comes to look.",
    ),
    "help": (
        "已通知附近的人马上前往。危急时请拨打120或119。",
        "People nearby are told to come at once. In an emergency ring 120 or 119.",
    ),
    "inside_well": (
        "好的,已记录您平安。二十分钟后会再问您。",
        "Thank you, noted that you are well. We ask again in twenty minutes.",
    ),
    "inside_help": (
        "值班台已收到您的求助,会马上联系您。危急时请拨打110、120或119。",
        "The desk has been told that you need help and will ring you now. In an emergency ring 110, 120 or 119.",
    ),
    "unknown_number": (
        "这个号码没有待回复的通知。紧急情况请拨打120或119。",
        "Nothing was asked of this number. In an emergency ring 120 or 119.",
    ),
    "several": (
        "您有多条待回复的通知,请打开短信里的链接逐条答复。",
        "Several things were asked of you: please open the link in each message.",
    ),
    "not_understood": ("没有看懂您的回复,请只回复数字1或2。", "Not understood: please answer with 1 or 2 alone."),
}
_PROMPTS = {
    ("voice", Asks.GO): ("能去请按{goes},不能去请按{cannot}。", "Press {goes} if you can go, {cannot} if you can't."),
    ("voice", Asks.WELL): ("平安请按{goes},需要帮助请按{cannot}。", "Press {goes} if all is well, {cannot} for help."),
    ("sms", Asks.GO): ("能去回复{goes},不能去回复{cannot}。", "Reply {goes} if you can go, {cannot} if you can't."),
    ("sms", Asks.WELL): ("平安回复{goes},需要帮助回复{cannot}。", "Reply {goes} if all is well, {cannot} for help."),
}


def say(heard: str, language: str) -> str:
    """Return the sentence for what came of a digit, in "en" or else Chinese."""
    return _SAY[heard][1 if language == "en" else 0]


def prompt(way: str, goes: str, cannot: str, language: str, asks: Asks) -> str:
    """Return what stands behind a notice that asks, by "voice" or "sms"."""
    return _PROMPTS[way, asks][1 if language == "en" else 0].format(goes=goes, cannot=cannot)
