"""Words of a local alarm, short: a text message of 70 signs goes out whole. Pure."""

from __future__ import annotations

from gateway.local_alarm.contract import LocalAlarm, Matter
from models.texts.texts import text_of

_GOES = frozenset({"1", "１", "去", "我去", "yes", "go"})


def words_of(alarm: LocalAlarm, matter: Matter, language: str) -> str:
    """Return the text in `language`, "zh" or "en"."""
    if matter is Matter.GOES:
        return text_of(language, "notices.local_alarm.goes", door=alarm.door)
    text = alarm.text_zh if language == "zh" else alarm.text_en
    return text_of(language, "notices.local_alarm.alarm", door=alarm.door, text=text, at=f"{alarm.at:%H:%M}")


def says_goes(text: str) -> bool:
    """Return whether an answer says that its writer goes."""
    return text.strip().strip(".。!！").strip().lower() in _GOES
