"""The text of a notice, put together from `config/texts/<language>/notices.toml` and fitted into a text message.

The evidence sentence is the ticket's own, the same as on the console. Where it is too long for the parts of a text
message it is cut with an ellipsis; the place, the matter and the link never are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.flag import FlagKind, Severity
from models.texts.texts import text_of

MOST_SMS_PARTS = 4
MOST_BUNDLE_PARTS = 7

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
_TO_GSM = str.maketrans({"±": "+/-", "–": "-", "—": "-", "’": "'", "…": "...", "³": "3", "·": "-"})
"""Signs that would make an English text message cost twice the parts."""


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
    return text_of(language, "notices.title.several", count=count)


def _sentence_ended(sentence: str, language: str) -> str:
    sentence = " ".join(sentence.split())
    if not sentence or sentence[-1] in text_of(language, "notices.behind.ends"):
        return sentence
    return text_of(language, "notices.behind.full_stop", text=sentence)


def notice_text(  # noqa: PLR0917  # one notice says all of this
    kind: FlagKind,
    severity: Severity,
    said: str,
    home_label: str,
    language: str,
    link: str | None,
    step: int,
) -> tuple[str, str]:
    """Return (title, text) of a notice. The text holds everything: matter, home, what is `said` of it, and link.

    `language` is "zh" or "en"; anything else gets Chinese, the language of the place. `step` counts the steps of the
    plan from 0: from 1 on the text says that nobody has taken the ticket before.
    """
    home = " ".join(home_label.split())
    kind_name = text_of(language, f"kinds.kind.{kind.value}")
    severity_name = text_of(language, f"kinds.severity.{severity.value}")
    sentence = _sentence_ended(said.translate(_TO_GSM) if language == "en" else said, language)

    def compose(sentence: str) -> str:
        text = text_of(
            language, "notices.text.flag", kind=kind_name, severity=severity_name, home=home, said=sentence
        ).rstrip()
        if step > 0:
            text = text_of(language, "notices.behind.passed_on", text=text)
        return text_of(language, "notices.behind.link", text=text, link=link) if link else text

    title = text_of(language, "notices.title.flag", kind=kind_name, severity=severity_name, home=home)
    return title, compose(fitting(sentence, compose))


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
