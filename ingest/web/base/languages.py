"""Languages: folders of catalogue files, one file a screen, and which language a reader gets.

Knows nothing of pages or people's records.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from models.texts.texts import load_texts, text_of

_SHARED = ("kinds.kind.", "kinds.severity.")


class Language(StrEnum):
    """The languages of the interface; each has a folder `<value>/` wherever texts are."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> str:
        """The BCP 47 tag for the page's `lang` attribute."""
        return "zh-CN" if self is Language.ZH else "en"


class CatalogueError(ValueError):
    """A catalogue file that can't be used, or a text that it does not hold."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All texts of one language, by dotted key."""

    language: Language
    texts: Mapping[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """Return the text at `key` with its `{placeholders}` filled; raises `CatalogueError` for an unknown key."""
        text = self.texts.get(key)
        if text is None:
            raise CatalogueError(f"catalogue {self.language.value} has no text {key!r}: add it in every language")
        return text.format(**values) if values else text

    def label(self, group: str, value: str) -> str:
        """Return the word for a value of the database, such as a ticket's kind.

        A value newer than this catalogue is shown as it is rather than hidden.
        """
        return self.texts.get(f"{group}.{value}", value.replace("_", " "))


def _flatten(table: Mapping[str, object], prefix: str, source: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            flat.update(_flatten(value, f"{prefix}{name}.", source))
        elif isinstance(value, str):
            flat[prefix + name] = value
        else:
            raise CatalogueError(f"{source}: {prefix}{name} must be a text, it is a {type(value).__name__}")
    return flat


def load_catalogue(language: Language, folders: Sequence[Path]) -> Catalogue:
    """Read the files of one language, folder by folder; raises `CatalogueError` that names file and key."""
    texts: dict[str, str] = {}
    for source in (one for folder in folders for one in sorted((folder / language.value).glob("*.toml"))):
        name = f"{language.value}/{source.name}"
        try:
            table = tomllib.loads(source.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise CatalogueError(f"{name}: {error}") from error
        found = _flatten(table, "", name)
        if twice := found.keys() & texts.keys():
            raise CatalogueError(f"{name}: {min(twice)} stands in another file of this language too")
        texts.update(found)
    if not texts:
        raise CatalogueError(f"{', '.join(str(one / language.value) for one in folders)}: there is no catalogue")
    return Catalogue(language, texts)


def load_catalogues(folders: Sequence[Path]) -> dict[Language, Catalogue]:
    """Read the catalogues of all languages, and the names that notices and pages share."""
    catalogues = {language: load_catalogue(language, folders) for language in Language}
    return {
        language: replace(catalogue, texts={**catalogue.texts, **_shared_names(language)})
        for language, catalogue in catalogues.items()
    }


def _shared_names(language: Language) -> dict[str, str]:
    """Return the names of kinds and severities, as `kind.smoke`."""
    keys = [key for key in load_texts()[language.value].sentences if key.startswith(_SHARED)]
    return {key.removeprefix("kinds."): text_of(language.value, key) for key in keys}


def parse_language(text: str | None) -> Language | None:
    """Return the language meant by a tag such as `zh`, `zh-Hans-CN` or `en_GB`; None for any other."""
    primary = (text or "").strip().replace("_", "-").split("-")[0].lower()
    return Language(primary) if primary in set(Language) else None


def _weight(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0, tag
    try:
        return float(value), tag
    except ValueError:
        return 0.0, tag


def accepted_language(header: str | None) -> Language | None:
    """Return the best language of an `Accept-Language` header (RFC 9110 §12.5.4); None if it names none of ours."""
    wishes = sorted((_weight(part) for part in (header or "").split(",")), key=lambda wish: -wish[0])
    return first_language(tag for weight, tag in wishes if weight > 0)


def first_language(wishes: Iterable[str | None]) -> Language | None:
    """Return the first wish that is a language of ours."""
    return next((language for wish in wishes if (language := parse_language(wish))), None)


def choose_language(*, cookie: str | None, person: str | None, header: str | None) -> Language:
    """Decide the language of a page: the reader's own switch, then the person's record, then the browser, then zh."""
    return first_language((cookie, person)) or accepted_language(header) or Language.ZH
