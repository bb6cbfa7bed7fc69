"""Flag texts: a flag's sentence in both languages, from its key and facts or as an older version has put it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from models.flag import Evidence
from models.texts.catalogue import Fact, TextError
from models.texts.texts import texts_of

FILE = "flags."
"""What the keys of flags begin with: a flag names no sentence of another file."""


def sentences_of(evidence: Evidence) -> tuple[str, str]:
    """Return the sentence of evidence in Chinese and English.

    What this catalogue can't say is said by its key: a flag that a newer version has stored must leave all the same.
    """
    if not evidence.key:
        return evidence.text_zh, evidence.text_en
    return told_anew(evidence.key, evidence.facts, evidence.more) or (evidence.key, evidence.key)


def told_anew(key: str, facts: Mapping[str, Fact], more: Mapping[str, Fact]) -> tuple[str, str] | None:
    """Return the sentence of a flag by this catalogue, in Chinese and English.

    None where the catalogue does not hold it or the facts do not fill it: the sender may be newer, older or mad.
    """
    if not key.startswith(FILE):
        return None
    try:
        return texts_of(key, **{**facts, **more})
    except TextError:
        return None
