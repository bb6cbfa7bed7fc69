"""Catalogue: the sentences of one language by key, each with its placeholders read once. Pure.

A placeholder is `{name}` for a fact as it is, or `{name:form}`:

- `{hours:.1f}`: a number with so many decimals
- `{minutes:plural(minute|minutes)}`: the number and the word that goes with it
- `{rise_h:clock}`: hours as HH:MM
- `{homes:list(, )}`: what stands between commas, joined by what is in the brackets
- `{cause:@place_cause}`: the entry of that name in another table of the same file, with the same facts; of several,
  between commas, `@table(, )` joins the entries
- `{kind:lower}`, `{kind:upper}`: with its first letter so
- `{weekday:omit}`: nothing; this language does not say it
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

Fact = str | int | float | bool | None


class TextError(ValueError):
    """A catalogue that can't be used, a key that it does not hold, or facts that do not fill a sentence."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One gap of a sentence: which fact fills it, in which form, and what the form's brackets hold."""

    name: str
    form: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, cut at its placeholders."""

    parts: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """Its gaps, in order."""
        return tuple(part for part in self.parts if isinstance(part, Placeholder))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sentences of one language, by `file.table.name`."""

    language: str
    sentences: Mapping[str, Sentence]

    def text(self, key: str, facts: Mapping[str, Fact]) -> str:
        """Return the sentence at `key` with its gaps filled; raises `TextError`. Facts without a gap are ignored."""
        sentence = self.sentences.get(key)
        if sentence is None:
            raise TextError(f"{self.language}: no text {key!r}")
        try:
            parts = [part if isinstance(part, str) else self._filled(key, part, facts) for part in sentence.parts]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TextError(f"{self.language}: {key} can't be filled: {error!r}") from error
        return "".join(parts)

    def _filled(self, key: str, gap: Placeholder, facts: Mapping[str, Fact]) -> str:
        value = facts[gap.name]
        if gap.form.startswith("@"):
            return gap.detail.join(self.text(one, facts) for one in _entries(key, gap, str(value)))
        return _FORMS[gap.form](value, gap.detail)


def _entries(key: str, gap: Placeholder, value: str) -> Iterator[str]:
    table = table_of(key, gap)
    return (f"{table}{name}" for name in value.split(","))


def table_of(key: str, gap: Placeholder) -> str:
    """Return what the keys begin with that a gap of the form `@table` in the sentence at `key` may name."""
    return f"{key.partition('.')[0]}.{gap.form[1:]}."


def _number(value: Fact) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return value


def _decimals(value: Fact, detail: str) -> str:
    return f"{_number(value):.{detail}f}"


def _plural(value: Fact, detail: str) -> str:
    one, _, many = detail.partition("|")
    return f"{_number(value)} {one if value == 1 else many}"


def _clock(value: Fact, _: str) -> str:
    minutes = round(_number(value) * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _list(value: Fact, detail: str) -> str:
    return detail.join(str(value).split(","))


def _lower(value: Fact, _: str) -> str:
    return str(value)[:1].lower() + str(value)[1:]


def _upper(value: Fact, _: str) -> str:
    return str(value)[:1].upper() + str(value)[1:]


_FORMS: Mapping[str, Callable[[Fact, str], str]] = {
    "": lambda value, _: str(value),
    "decimals": _decimals,
    "plural": _plural,
    "clock": _clock,
    "list": _list,
    "lower": _lower,
    "upper": _upper,
    "omit": lambda _value, _detail: "",
}
_DECIMALS = re.compile(r"\.(\d)f")
_FORM = re.compile(r"(@?\w+)(?:\((.*)\))?")


def read_sentence(text: str) -> Sentence:
    """Return a text cut at its placeholders; raises `TextError` that says what is wrong."""
    parts: list[str | Placeholder] = []
    try:
        found = list(Formatter().parse(text))
    except ValueError as error:
        raise TextError(f"{error}; write {{{{ and }}}} for brackets") from error
    for literal, name, form, conversion in found:
        if literal:
            parts.append(literal)
        if name is not None:
            if not name.isidentifier() or conversion:
                raise TextError(f"{{{name}}} is no placeholder; write {{name}} or {{name:form}}")
            parts.append(_placeholder(name, form or ""))
    return Sentence(tuple(parts))


def _placeholder(name: str, form: str) -> Placeholder:
    if not form:
        return Placeholder(name)
    if decimals := _DECIMALS.fullmatch(form):
        return Placeholder(name, "decimals", decimals[1])
    read = _FORM.fullmatch(form)
    if read is None or not (read[1].startswith("@") or read[1] in _FORMS):
        raise TextError(f"{{{name}:{form}}}: no such form; there are .1f, @table, {', '.join(sorted(_FORMS)[1:])}")
    return Placeholder(name, read[1], read[2] or "")


def read_tables(tables: Mapping[str, object], file: str) -> dict[str, Sentence]:
    """Return the sentences of one file by key; raises `TextError` that names the key."""
    sentences: dict[str, Sentence] = {}
    for table, entries in tables.items():
        if not isinstance(entries, Mapping):
            raise TextError(f"{file}: {table} stands in no [table]")
        for name, text in entries.items():
            if not isinstance(text, str):
                raise TextError(f"{file}: {table}.{name} must be a text, it is a {type(text).__name__}")
            try:
                sentences[f"{file}.{table}.{name}"] = read_sentence(text)
            except TextError as error:
                raise TextError(f"{file}: {table}.{name}: {error}") from error
    return sentences


def check_alike(catalogues: Mapping[str, Catalogue]) -> None:
    """Raise `TextError` unless all languages have the same keys with the same gaps, and name only tables that exist."""
    first, *others = catalogues.values()
    for key, sentence in first.sentences.items():
        for other in others:
            if key not in other.sentences:
                raise TextError(f"{key} stands in {first.language} and not in {other.language}")
            if _names(sentence) != _names(other.sentences[key]):
                raise TextError(f"{key}: other placeholders in {first.language} than in {other.language}")
    for other in others:
        if more := other.sentences.keys() - first.sentences.keys():
            raise TextError(f"{min(more)} stands in {other.language} and not in {first.language}")
    for catalogue in catalogues.values():
        _check_tables(catalogue)


def _names(sentence: Sentence) -> set[str]:
    return {gap.name for gap in sentence.placeholders}


def _check_tables(catalogue: Catalogue) -> None:
    for key, sentence in catalogue.sentences.items():
        for gap in sentence.placeholders:
            table = table_of(key, gap) if gap.form.startswith("@") else ""
            if not any(one.startswith(table) for one in catalogue.sentences):
                raise TextError(f"{catalogue.language}: {key} names the table {gap.form[1:]}, which is not there")
