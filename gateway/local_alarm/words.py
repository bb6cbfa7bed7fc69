"""Words of a local alarm, short: a text message of 70 signs goes out whole. Pure."""

from __future__ import annotations

from gateway.local_alarm.contract import LocalAlarm, Matter

_WORDS = {
    ("zh", Matter.ALARM): "【邻舍】{door}：{text}（{at}）平台不通，请马上去看。去的请回复1。",
    ("zh", Matter.GOES): "【邻舍】{door}：已有人去，您不用去了。",
    ("en", Matter.ALARM): "Linshe, {door}: {text} ({at}) The service can't be reached: please go and look now. "
    "Reply 1 if you go.",
    ("en", Matter.GOES): "Linshe, {door}: somebody is going; you need not.",
}
_GOES = frozenset({"1", "１", "去", "我去", "yes", "go"})


def words_of(alarm: LocalAlarm, matter: Matter, language: str) -> str:
    """Return the text in `language`, "zh" or "en"."""
    text = alarm.text_zh if language == "zh" else alarm.text_en
    return _WORDS[language, matter].format(door=alarm.door, text=text, at=f"{alarm.at:%H:%M}")


def says_goes(text: str) -> bool:
    """Return whether an answer says that its writer goes."""
    return text.strip().strip(".。!！").strip().lower() in _GOES
