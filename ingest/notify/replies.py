"""Replies: what a person hears after pressing a digit, and what they are asked to press."""

from __future__ import annotations

_SAY: dict[str, tuple[str, str]] = {
    "goes": ("好的,请前往。谢谢您!", "Thank you, please go."),
    "cannot": ("好的,已记录您不能前往。", "Noted that you can't go."),
    "taken_by_other": ("已有人前往,您不必去了。谢谢!", "Somebody is already going, you need not. Thank you!"),
    "too_late": ("这件事已经处理,谢谢!", "This has been dealt with. Thank you!"),
    "received": ("", ""),
}
_PROMPT = ("能去请按{goes},不能去请按{cannot}。", "Press {goes} if you can go, {cannot} if you can't.")


def say(heard: str, language: str) -> str:
    """Return the sentence for what came of a digit, in "en" or else Chinese."""
    return _SAY[heard][1 if language == "en" else 0]


def prompt(goes: str, cannot: str, language: str) -> str:
    """Return what is read out behind a notice that asks."""
    return _PROMPT[1 if language == "en" else 0].format(goes=goes, cannot=cannot)
