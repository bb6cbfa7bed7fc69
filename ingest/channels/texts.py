"""The words of a notice, in Chinese and English: short enough for a text message, plain, and only what is known.

The evidence sentence is the gateway's own, the same as on the console. Where it is too long for the parts of a text
message it is cut with an ellipsis; the place, the matter and the link never are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity

MOST_SMS_PARTS = 4
MOST_BUNDLE_PARTS = 7

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
_TO_GSM = str.maketrans({"±": "+/-", "–": "-", "—": "-", "’": "'", "…": "...", "³": "3", "·": "-"})
"""Signs that would make an English text message cost twice the parts."""


@dataclass(frozen=True, slots=True)
class _Words:
    """One language's words. `passed_on` is said from the second step of the plan on."""

    kinds: dict[FlagKind, str]
    severities: dict[Severity, str]
    title: str
    text: str
    passed_on: str
    open_link: str


_ZH = _Words(
    kinds={
        FlagKind.SMOKE: "烟雾报警",
        FlagKind.INACTIVITY: "久无活动",
        FlagKind.RUNNING_WATER: "用水不停",
        FlagKind.LEAK: "疑似漏水",
        FlagKind.APPLIANCE_ON: "电器一直开着",
        FlagKind.SUPPLY_LOST: "断电或停水",
        FlagKind.UNUSUAL_USE: "用量反常",
        FlagKind.WELLBEING: "生活规律变化",
        FlagKind.DEVICE_SILENT: "设备无应答",
        FlagKind.DEVICE_TROUBLE: "设备故障",
        FlagKind.HOME_BLIND: "无法守护",
        FlagKind.COMMON_CAUSE: "多户同时异常",
        FlagKind.TEST: "测试",
    },
    severities={
        Severity.INFO: "提示",
        Severity.MAINTENANCE: "维修",
        Severity.VISIT: "探访",
        Severity.URGENT: "紧急",
        Severity.CRITICAL: "危急",
    },
    title="【{severity}】{kind}:{home}",
    text="{severity}·{kind},{home}。{evidence}",
    passed_on="尚未有人接手,现转给您。",
    open_link="处理:",
)
_EN = _Words(
    kinds={
        FlagKind.SMOKE: "smoke alarm",
        FlagKind.INACTIVITY: "no sign of activity",
        FlagKind.RUNNING_WATER: "water keeps running",
        FlagKind.LEAK: "possible water leak",
        FlagKind.APPLIANCE_ON: "appliance left on",
        FlagKind.SUPPLY_LOST: "supply lost",
        FlagKind.UNUSUAL_USE: "unusual use",
        FlagKind.WELLBEING: "change of habits",
        FlagKind.DEVICE_SILENT: "device silent",
        FlagKind.DEVICE_TROUBLE: "device trouble",
        FlagKind.HOME_BLIND: "home can't be watched",
        FlagKind.COMMON_CAUSE: "many homes at once",
        FlagKind.TEST: "test",
    },
    severities={
        Severity.INFO: "Info",
        Severity.MAINTENANCE: "Maintenance",
        Severity.VISIT: "Visit",
        Severity.URGENT: "Urgent",
        Severity.CRITICAL: "Critical",
    },
    title="[{severity}] {kind}: {home}",
    text="{severity}: {kind}, {home}. {evidence}",
    passed_on=" Nobody has taken it yet, so it comes to you.",
    open_link=" Open: ",
)
_LANGUAGES = {"zh": _ZH, "en": _EN}


def sms_parts(text: str) -> int:
    """Return how many parts a text message of `text` takes: 160 (then 153) GSM letters, else 70 (then 67) UTF-16 units.

    The sizes are those of 3GPP TS 23.040 with a six-byte concatenation header; the letters those of TS 23.038.
    """
    if all(letter in _GSM or letter in _GSM_DOUBLE for letter in text):
        size, whole, part = sum(2 if letter in _GSM_DOUBLE else 1 for letter in text), 160, 153
    else:
        size, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= whole else -(-size // part)


def fits_together(texts: Sequence[str]) -> bool:
    """Return whether texts may leave as one message: no more parts than carriers take (some 500 Chinese letters)."""
    return sms_parts("\n".join(texts)) <= MOST_BUNDLE_PARTS


def bundle_title(count: int, language: str) -> str:
    """Return the title of a message that holds several notices."""
    return f"[Linshe] {count} matters" if language == "en" else f"【邻舍】{count} 件事"


def _sentence_ended(sentence: str, end: str) -> str:
    sentence = " ".join(sentence.split())
    return sentence if not sentence or sentence[-1] in "。!?.!?…" else sentence + end


def notice_text(  # noqa: PLR0917  # one notice says all of this
    kind: FlagKind,
    severity: Severity,
    evidence: Evidence,
    home_label: str,
    language: str,
    link: str | None,
    step: int,
) -> tuple[str, str]:
    """Return (title, text) of a notice. The text holds everything: matter, home, evidence and link.

    `language` is "zh" or "en"; anything else gets Chinese, the language of the place. `step` counts the steps of the
    plan from 0: from 1 on the text says that nobody has taken the ticket before.
    """
    words = _LANGUAGES.get(language, _ZH)
    chinese = words is _ZH
    home = " ".join(home_label.split())
    names = {"kind": words.kinds[kind], "severity": words.severities[severity], "home": home}
    said = evidence.text_zh if chinese else evidence.text_en.translate(_TO_GSM)
    sentence = _sentence_ended(said, "。" if chinese else ".")
    tail = (words.passed_on if step > 0 else "") + (f"{words.open_link}{link}" if link else "")

    def compose(sentence: str) -> str:
        return words.text.format(**names, evidence=sentence).rstrip() + tail

    return words.title.format(**names), compose(fitting(sentence, compose))


def fitting(sentence: str, compose: Callable[[str], str]) -> str:
    """Return the longest beginning of `sentence` with which the composed text keeps to `MOST_SMS_PARTS`."""
    if sms_parts(compose(sentence)) <= MOST_SMS_PARTS:
        return sentence
    low, high = 0, len(sentence)
    while low < high:
        middle = (low + high + 1) // 2
        if sms_parts(compose(sentence[:middle].rstrip() + "...")) <= MOST_SMS_PARTS:
            low = middle
        else:
            high = middle - 1
    return sentence[:low].rstrip() + "..." if low else ""
