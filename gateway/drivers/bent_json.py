"""Bent JSON: what can still be read of a message that is not quite JSON. Only alarms are read this way.

A detector that burns must be heard through a bare `nan`, a trailing NUL, a comma too many, a name in another code
page or a torn end. What is read here is never a measurement. Pure: bytes in, a guess or None out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

_PIECES = re.compile(
    r'(?P<text>"(?:\\.|[^"\\])*")'
    r"|(?P<quoted>'(?:\\.|[^'\\])*')"
    r"|(?P<comma>,\s*(?=[}\]]))"
    r"|(?P<word>[-+]?[A-Za-z_][A-Za-z_0-9#.]*)",
    re.DOTALL,
)
_WORDS = {"true": "true", "false": "false", "null": "null"}
_LONGEST = 64


def unbend(payload: bytes) -> Any:
    """Return what the payload says once its small faults are mended; None if it can't be read even so."""
    text = payload.strip(b"\x00\xff\r\n\t ").decode("utf-8", "replace").lstrip("\ufeff")
    try:
        return json.loads(_PIECES.sub(_mended, text), parse_float=Decimal, strict=False)
    except (ValueError, RecursionError):
        return None


def _mended(found: re.Match[str]) -> str:
    if found["text"]:
        return found["text"]
    if found["quoted"]:
        return json.dumps(found["quoted"][1:-1], ensure_ascii=False)
    if found["word"]:
        # a bare word is a value without its quotes; nan, inf and undefined are no values at all
        word = found["word"].lstrip("+-").lower()
        if word in {"nan", "inf", "infinity", "none", "undefined"}:
            return "null"
        return _WORDS.get(word) or json.dumps(found["word"])
    return ""


def says(payload: bytes, key: str, words: Iterable[object]) -> bool:
    """Whether the bytes hold `key` followed by one of `words`, as a torn message does."""
    text = payload.decode("utf-8", "replace")
    wanted = {str(word).lower() for word in words}
    value = rf"([\w.+-]{{1,{_LONGEST}}})(?=[^\w.+-]|$)"
    pattern = re.compile(rf"""(?<!\w)["']?{re.escape(key)}["']?\s*[:=]\s*["']?{value}""", re.IGNORECASE)
    return any(found[1].lower() in wanted for found in pattern.finditer(text))
