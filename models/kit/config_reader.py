"""Reader: plain TOML data into typed tables, by their own declarations. It collects every problem it finds.

A table is a dataclass or a msgspec struct; a key is declared `Annotated[type, about("what for", ge=…, le=…)]`. The
same declarations make the reference pages and the editors' schemas (`config_schema`): nothing is said in two places.
What msgspec accepts is accepted here; this module adds that all problems are told at once, each with its line.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any, TypeVar

import msgspec

from models.kit.config_declared import Shape, keys_of, shape_of, tag_of
from models.kit.config_places import Path, line_of, locate
from models.kit.secrets import SecretError, read_secret

_T = TypeVar("_T")

_TYPE_WORDS: dict[Any, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    datetime: "a date and time with zone, such as 2026-11-23T12:00:00Z",
    date: "a date such as 2026-11-23",
    time: "a time of the day such as 06:30:00",
    Decimal: 'a number in quotes, such as "0.01"',
    FilePath: "a path in quotes",
}
_UNITS = {"_s": " s", "_ms": " ms", "_days": " days", "_min": " minutes", "_w": " W"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where it is and what to do about it. Line 0: the table did not come from a file.

    `path` is the same place as `key`, for programs.
    """

    file: FilePath | str
    line: int
    key: str
    message: str
    path: Path = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}" if self.line else f"{self.file}: {self._short()}"

    def _short(self) -> str:
        return f"{self.key}: {self.message}" if self.key else self.message


class ConfigError(ValueError):
    """A file can't be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (str(problem.file), problem.line, problem.key))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Reader:
    """Reads one document and remembers its problems in `problems`. Relative paths in it are relative to `base`."""

    def __init__(
        self, file: FilePath | str, places: dict[Path, int] | None = None, base: FilePath = FilePath()
    ) -> None:
        self.file = file
        self.base = file.parent if isinstance(file, FilePath) else base
        self.problems: list[Problem] = []
        self._places = places

    def complain(self, path: Path, message: str) -> None:
        """Note a problem at `path`."""
        key = dotted(path) if path or self._places is not None else ""
        problem = Problem(self.file, self.line(path), key, message, path)
        if problem not in self.problems:
            self.problems.append(problem)

    def line(self, path: Path) -> int:
        """Return the line on which `path` stands, 0 where there is no file."""
        return 0 if self._places is None else line_of(self._places, path)

    def raise_problems(self) -> None:
        """Raise `ConfigError` if there are any."""
        if self.problems:
            raise ConfigError(self.problems)

    def read(self, data: object, kind: type[_T], path: Path = ()) -> _T | None:
        """Return `data` as the table `kind`, or None after noting why not."""
        before = len(self.problems)
        self.check(data, kind, path)
        return self._built(data, kind, path) if len(self.problems) == before else None

    def good(self, data: object, kind: type[_T]) -> _T | None:
        """Return `data` as the table `kind`, None where it is not one; notes nothing, for `check` has noted it."""
        try:
            return msgspec.convert(data, kind, dec_hook=self._hook)
        except msgspec.ValidationError:
            return None

    def check(self, data: object, declared: Any, path: Path) -> None:
        """Note everything that keeps `data` from being what is declared."""
        self._value(data, shape_of(declared), path)

    def secret(
        self, table: Mapping[str, Any], name: str, path: Path, environ: Mapping[str, str] | None = None
    ) -> str | None:
        """Return the secret that `table` names by NAME_file or NAME_env; None, noted, where it can't be had."""
        file, env = table.get(f"{name}_file"), table.get(f"{name}_env")
        if isinstance(file, str) and isinstance(env, str):
            return None  # the table itself is wrong, and `check` has said so
        try:
            return read_secret(
                self.base / file if isinstance(file, str) else None, env if isinstance(env, str) else None, environ
            )
        except SecretError as error:
            self.complain((*path, f"{name}_file" if file else f"{name}_env"), str(error))
            return None

    def named_file(self, table: Mapping[str, Any], key: str, path: Path) -> FilePath | None:
        """Return the file that `table` names by `key`, None where it names none; notes a file that is not there."""
        name = table.get(key)
        if not isinstance(name, str):
            return None
        file = self.base / name
        if not name or not file.is_file():
            self.complain((*path, key), f"{str(file) if name else 'nothing'} is not there; correct the path")
        return file

    def _built(self, data: object, kind: type[_T], path: Path) -> _T | None:
        try:
            return msgspec.convert(data, kind, dec_hook=self._hook)
        except msgspec.ValidationError as error:
            self.complain(path, str(error))
            return None

    def _hook(self, kind: type[Any], value: object) -> object:
        if kind is FilePath and isinstance(value, str):
            return self.base / value
        raise TypeError(f"{kind.__name__} can't be made of {type(value).__name__}")

    def _value(self, data: object, shape: Shape, path: Path) -> None:
        if shape.tables:
            self._one_of(data, shape.tables, path)
        elif shape.rows is not None:
            self._list(data, shape.rows, path)
        elif shape.values is not None:
            if not isinstance(data, Mapping):
                self.complain(path, f"must be a table; write [{dotted(path)}]")
                return
            for name, one in data.items():
                self._value(one, shape.values, (*path, name))
        else:
            self._leaf(data, shape, path)

    def _list(self, data: object, rows: Shape, path: Path) -> None:
        if not isinstance(data, list):
            how = f"write [[{dotted(path)}]] above each entry" if rows.tables else "write [ … ]"
            self.complain(path, f"must be a list: {how}")
            return
        for index, one in enumerate(data):
            self._value(one, rows, (*path, index))

    def _one_of(self, data: object, tables: tuple[type[Any], ...], path: Path) -> None:
        if not isinstance(data, Mapping):
            self.complain(path, "must be a table")
            return
        tag, _ = tag_of(tables[0])
        if tag is None:
            self._table(data, tables[0], path, frozenset())
            return
        kinds = {tag_of(table)[1]: table for table in tables}
        named = data.get(tag)
        if tag not in data and len(tables) > 1:
            self.complain((*path, tag), f"is missing; add {tag} = one of {_quoted(kinds)}")
        elif tag in data and named not in kinds:
            self.complain((*path, tag), not_known(named, [str(kind) for kind in kinds]))
        else:
            self._table(data, kinds.get(named, tables[0]), path, frozenset({tag}))

    def _table(self, data: Mapping[str, Any], kind: type[Any], path: Path, besides: Collection[str]) -> None:
        known = keys_of(kind)
        for name in data:
            if name not in known and name not in besides:
                self.complain((*path, name), _unknown(name, [*known, *besides]))
        for name, key in known.items():
            if name in data:
                self._value(data[name], key.shape, (*path, name))
            elif key.required:
                self.complain((*path, name), f"is missing; add {name} = …" + (f" ({key.help})" if key.help else ""))
            if name.endswith("_env") and name in data and f"{name[:-4]}_file" in data:
                self.complain((*path, name), f"{name[:-4]}_file is given as well; keep one of the two")

    def _leaf(self, data: object, shape: Shape, path: Path) -> None:
        if shape.choices:
            if data not in shape.choices or isinstance(data, bool):
                self.complain(path, not_known(data, [str(choice) for choice in shape.choices]))
            return
        try:
            value = msgspec.convert(data, shape.plain, dec_hook=self._hook)
        except msgspec.ValidationError:
            wanted = " or ".join(_TYPE_WORDS.get(kind, "a list") for kind in shape.kinds)
            shown = "" if shape.secret else f", not {data!r}"
            self.complain(path, f"must be {wanted}{shown}")
            return
        self._bounds(value, shape, path)

    def _bounds(self, value: Any, shape: Shape, path: Path) -> None:
        unit = next((word for end, word in _UNITS.items() if path and str(path[-1]).endswith(end)), "")
        for meta in shape.metas:
            # `not (a <= b)` so that nan is refused as well
            if meta.ge is not None and not value >= meta.ge:
                self.complain(path, f"{value} is too small; the least is {meta.ge:g}{unit}")
            if meta.gt is not None and not value > meta.gt:
                self.complain(path, f"{value} is too small; it must be above {meta.gt:g}{unit}")
            if meta.le is not None and not value <= meta.le:
                self.complain(path, f"{value} is too big; the most is {meta.le:g}{unit}")
            if meta.lt is not None and not value < meta.lt:
                self.complain(path, f"{value} is too big; it must be below {meta.lt:g}{unit}")
            if meta.tz and value.tzinfo is None:
                self.complain(path, "has no zone; add one, such as Z or +08:00")
            if meta.min_length and len(value) < meta.min_length:
                self.complain(path, "is empty; write a value or leave the key out")


def read_document(path: FilePath, hint: str = "") -> tuple[dict[str, Any], Reader]:
    """Return what the TOML file at `path` holds and the reader to judge it with.

    Raises `ConfigError` for a file that is not there, not UTF-8 or not TOML; `hint` says what to do about the first.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"can't be read: {error.strerror}" + (f"; {hint}" if hint else "")
        raise ConfigError([Problem(path, 1, "the file", reason)]) from error
    except UnicodeDecodeError as error:
        reason = f"can't be read: it is not UTF-8 at byte {error.start}; save it as UTF-8"
        raise ConfigError([Problem(path, 1, "the file", reason)]) from error
    return parse_document(text, path)


def parse_document(text: str, file: FilePath | str) -> tuple[dict[str, Any], Reader]:
    """Return what the TOML `text` holds and the reader to judge it with; raises `ConfigError` if it is not TOML."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _, found, rest = str(error).partition("(at line ")
        line = int(rest.split(",")[0]) if found else max(1, len(text.splitlines()))
        raise ConfigError([Problem(file, line, "the file", f"is not TOML: {error}")]) from error
    return data, Reader(file, locate(text))


def dotted(path: Path) -> str:
    """Return a path the way people write it: `lines[0].port`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text or "the file"


def _quoted(names: Collection[object]) -> str:
    return ", ".join(repr(str(name)) for name in names)


def not_known(value: object, choices: list[str]) -> str:
    """Return the sentence about a value that is none of `choices`."""
    near = difflib.get_close_matches(str(value), choices, n=1)
    advice = f"; did you mean {near[0]!r}?" if near else ""
    return f"{value!r} is not known; choose one of {_quoted(choices)}{advice}"


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}"
    return f"is not a key of this table; {advice}"
