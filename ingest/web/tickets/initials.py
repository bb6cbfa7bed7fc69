"""Pinyin: the first letters of a Chinese name, so that 陈秀英 is found by `cxy` without an input method. Pure.

`pinyin_initials.txt` holds one letter for each of U+4E00 … U+9FA5, from the commonest Mandarin readings of the Unihan
database (kMandarin); nineteen of them follow the order of GB 2312, whose first level is sorted by pinyin, and 幢 is
read as in an address.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

FIRST, LAST = 0x4E00, 0x9FA5
_LETTERS = "".join((Path(__file__).parent / "pinyin_initials.txt").read_text(encoding="ascii").split())
_SURNAMES = {
    "单": "s",
    "仇": "q",
    "解": "x",
    "查": "z",
    "区": "o",
    "翟": "z",
    "覃": "q",
    "种": "c",
    "乐": "y",
    "尉": "y",
    "长": "z",
}
"""Readings that a character has as a family name (or, 长, in a title), or that are as common as the first."""


def initials(text: str) -> str:
    """Return a letter for every Chinese sign, and Latin letters and digits as they are, in lower case.

    Everything else is left out: `3 幢 2 单元` gives `3z2dy`.
    """
    return "".join(_letter(sign) for sign in text.lower())


def _letter(sign: str) -> str:
    if FIRST <= ord(sign) <= LAST:
        letter = _LETTERS[ord(sign) - FIRST]
        return letter if letter != "-" else ""
    return sign if sign.isascii() and sign.isalnum() else ""


@lru_cache(maxsize=65_536)
def keys_of(text: str) -> tuple[str, ...]:
    """Return what a text is found by: itself in lower case, and its letters, with the family name's reading too."""
    low = text.lower()
    keys = [low, initials(low)]
    if low[:1] in _SURNAMES:
        keys.append(_SURNAMES[low[0]] + initials(low[1:]))
    return tuple(keys)
