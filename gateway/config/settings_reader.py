"""Reader: plain TOML data into typed dataclasses, by their own declarations. It collects every problem it finds.

A dataclass declares each key as `Annotated[type, About(...)]`. The same declarations can make documentation and an
editor's schema; nothing about one key is said in two places.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from datetime import datetime
from pathlib import Path as FilePath
from typing import Annotated, Any, TypeVar

from gateway.config.settings_lines import Path, line_of

_T = TypeVar("_T")

_TYPE_WORDS: dict[Any, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    datetime: "a date and time with zone, such as 2026-11-23T12:00:00Z",
    FilePath: "a path in quotes",
}


@dataclass(frozen=True, slots=True)
class About:
    """What there is to say about one key: what it is for, its unit, its bounds (inclusive), whether it is secret."""

    help: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    secret: bool = False


_NOTHING = About("")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where it is and what to do about it."""

    file: FilePath
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class Reader:
    """Reads one document and remembers its problems in `problems`."""

    def __init__(self, file: FilePath, places: dict[Path, int]) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._places = places

    def complain(self, path: Path, message: str) -> None:
        """Note a problem at `path`."""
        problem = Problem(self.file, self.line(path), dotted(path), message)
        if problem not in self.problems:
            self.problems.append(problem)

    def line(self, path: Path) -> int:
        """Return the line on which `path` stands."""
        return line_of(self._places, path)

    def read(self, data: object, kind: type[_T], path: Path) -> _T | None:
        """Return `data` as the dataclass `kind`, or None after noting why not."""
        if not isinstance(data, Mapping):
            self.complain(path, "must be a table")
            return None
        known = {one.name: one for one in dataclasses.fields(typing.cast(Any, kind))}
        for name in data:
            if name not in known:
                self.complain((*path, name), _unknown(name, list(known)))
        hints = typing.get_type_hints(kind, include_extras=True)
        before = len(self.problems)
        values = {}
        for name, declared in known.items():
            if name in data:
                values[name] = self._value(data[name], hints[name], (*path, name))
            elif declared.default is MISSING and declared.default_factory is MISSING:
                about, _ = _declared(hints[name])
                self.complain((*path, name), f"is missing; add {name} = … ({about.help})")
        return kind(**values) if len(self.problems) == before else None

    def _value(self, data: object, declared: Any, path: Path) -> Any:
        about, hint = _declared(declared)
        origin = typing.get_origin(hint)
        if origin in (types.UnionType, typing.Union):
            hint = next(option for option in typing.get_args(hint) if option is not type(None))
            origin = typing.get_origin(hint)
        if origin is tuple:
            if not isinstance(data, list):
                self.complain(path, f"must be a list: write [[{dotted(path)}]] above each entry")
                return ()
            inner = typing.get_args(hint)[0]
            return tuple(self._value(one, inner, (*path, index)) for index, one in enumerate(data))
        if dataclasses.is_dataclass(hint):
            return self.read(data, typing.cast(type[Any], hint), path)
        return self._plain(data, hint, about, path)

    def _plain(self, data: object, hint: Any, about: About, path: Path) -> Any:
        value = data
        if hint is float and isinstance(data, int) and not isinstance(data, bool):
            value = float(data)
        if hint is FilePath and isinstance(data, str):
            value = self.file.parent / data
        wrong_bool = hint is not bool and isinstance(data, bool)
        if wrong_bool or not isinstance(value, hint):
            shown = "" if about.secret else f", not {data!r}"
            self.complain(path, f"must be {_TYPE_WORDS[hint]}{shown}")
            return None
        self._bounds(value, about, path)
        return value

    def _bounds(self, value: Any, about: About, path: Path) -> None:
        unit = f" {about.unit}" if about.unit else ""
        if about.choices and value not in about.choices:
            self.complain(path, f"{value!r} is not known; choose one of {', '.join(map(repr, about.choices))}")
        if isinstance(value, datetime) and value.tzinfo is None:
            self.complain(path, "has no zone; add one, such as Z or +08:00")
        if isinstance(value, str) and not value:
            self.complain(path, "is empty; write a value or leave the key out")
        # `not (a <= b)` so that nan is refused as well
        if about.low is not None and not value >= about.low:
            self.complain(path, f"{value} is too small; the least is {about.low:g}{unit}")
        if about.high is not None and not value <= about.high:
            self.complain(path, f"{value} is too big; the most is {about.high:g}{unit}")


def _declared(annotation: Any) -> tuple[About, Any]:
    """Return what is said about a key, and its type."""
    if typing.get_origin(annotation) is not Annotated:
        return _NOTHING, annotation
    hint, *notes = typing.get_args(annotation)
    return next((note for note in notes if isinstance(note, About)), _NOTHING), hint


def dotted(path: Path) -> str:
    """Return a path the way people write it: `lines[0].port`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text or "the file"


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}"
    return f"is not a key of this table; {advice}"
