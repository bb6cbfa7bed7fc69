"""Texts: the catalogues of `config/texts`, one folder a language. The only file of this room that reads files.

They are part of the program, as its code is: read once, and whole. A program calls `load_texts` when it starts, so that
a broken catalogue stops it there and no file is read later.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import models
from models.texts.catalogue import Catalogue, Fact, Sentence, TextError, check_alike, read_tables

PLACE = "zh"
"""The language of the place: whoever reads none of ours gets it."""
LANGUAGES = (PLACE, "en")


def shipped_folder() -> Path:
    """Return the folder of the catalogues that come with the house."""
    return Path(models.__file__).resolve().parent.parent / "config" / "texts"


def read_texts(folder: Path) -> dict[str, Catalogue]:
    """Read the catalogues of all languages; raises `TextError` that names file and key."""
    catalogues = {language: Catalogue(language, _sentences(folder / language)) for language in LANGUAGES}
    check_alike(catalogues)
    return catalogues


def _sentences(folder: Path) -> dict[str, Sentence]:
    sentences: dict[str, Sentence] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            sentences |= read_tables(tomllib.loads(file.read_text(encoding="utf-8")), file.stem)
        except (OSError, ValueError) as error:
            raise TextError(f"{file}: {error}") from error
    if not sentences:
        raise TextError(f"{folder}: holds no catalogue")
    return sentences


@cache
def load_texts() -> Mapping[str, Catalogue]:
    """Return the shipped catalogues by language, read at the first call; raises `TextError`."""
    return read_texts(shipped_folder())


def text_of(language: str, key: str, /, **facts: Fact) -> str:
    """Return the sentence at `key` in `language`; raises `TextError` for a key or a fact that is missing."""
    catalogues = load_texts()
    return catalogues.get(language, catalogues[PLACE]).text(key, facts)


def texts_of(key: str, /, **facts: Fact) -> tuple[str, str]:
    """Return the sentence at `key` in Chinese and in English."""
    return text_of("zh", key, **facts), text_of("en", key, **facts)
