"""Reference pages and editors' schemas, made from what settings tables declare. Opens no files.

One page and one schema for each kind of file. Both come from `config_declared`, as the reader's judgement does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from models.kit.config_declared import Key, Shape, keys_of, tag_of

_JSON_TYPES: Mapping[Any, Mapping[str, Any]] = {
    str: {"type": "string"},
    Path: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Decimal: {"type": ["string", "number"]},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
}
_WORDS: Mapping[Any, str] = {
    str: "text",
    Path: "path",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Decimal: "number in quotes",
    datetime: "date and time with zone",
    date: "date",
    time: "time of the day",
    Any: "any",
}
_HEAD = re.compile(r"^`?\[{1,2}[^\]]*\]{1,2}`?[:;.]?\s*")
"""The table's own name at the beginning of its docstring, which the section's head says already."""
_NAMED = re.compile(r"\[([\w.]+)\]")
_BOUNDS = (("ge", "minimum"), ("gt", "exclusiveMinimum"), ("le", "maximum"), ("lt", "exclusiveMaximum"))


def schema(kind: type[Any], title: str) -> dict[str, Any]:
    """Return the JSON schema of a file whose top table is `kind`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **part(kind)}


def part(kind: type[Any]) -> dict[str, Any]:
    """Return the schema of one table."""
    keys = keys_of(kind)
    tag, value = tag_of(kind)
    told: dict[str, Any] = {"type": "object", "additionalProperties": False}
    if text := _about(kind):
        told["description"] = text
    told["properties"] = {name: _key_schema(key) for name, key in keys.items()}
    required = [name for name, key in keys.items() if key.required]
    if tag is not None:
        told["properties"] = {tag: {"const": value}, **told["properties"]}
        required.insert(0, tag)
    return {**told, "required": required} if required else told


def _key_schema(key: Key) -> dict[str, Any]:
    told = _shape_schema(key.shape)
    if key.help:
        told["description"] = key.help
    plain = _plain(key.default)
    if not key.required and isinstance(plain, str | int | float | bool):
        told["default"] = plain
    return told


def _shape_schema(shape: Shape) -> dict[str, Any]:
    if shape.tables:
        tables = [part(one) for one in shape.tables]
        return tables[0] if len(tables) == 1 else {"oneOf": tables}
    if shape.rows is not None:
        return {"type": "array", "items": _shape_schema(shape.rows)}
    if shape.values is not None:
        return {"type": "object", "additionalProperties": _shape_schema(shape.values)}
    if shape.choices:
        return {"enum": list(shape.choices)}
    kinds = [dict(_JSON_TYPES.get(kind, _container(kind))) for kind in shape.kinds]
    told: dict[str, Any] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    for meta in shape.metas:
        told |= {name: getattr(meta, own) for own, name in _BOUNDS if getattr(meta, own) is not None}
        if meta.min_length:
            told["minLength"] = meta.min_length
    return told


def _container(kind: Any) -> Mapping[str, Any]:
    return {} if kind is Any else {"type": "array"}


def page(kind: type[Any], title: str, opening: str, more: Mapping[str, type[Any]]) -> str:
    """Return the reference page of a file whose top table is `kind`, as Markdown; `more` are further tables by head."""
    parts = [f"# {title}", opening, "Made by `make reference` from the declarations in the code; do not edit."]
    seen: set[type[Any]] = set()
    _sections(kind, "", parts, seen)
    for head, table in more.items():
        _sections(table, head, parts, seen)
    return "\n\n".join(parts) + "\n"


def _sections(kind: type[Any], where: str, parts: list[str], seen: set[type[Any]]) -> None:
    keys = keys_of(kind)
    tag, value = tag_of(kind)
    head = where or "Top of the file"
    outer = _NAMED.search(where)
    parts.append(f"## {head}" + (f', `{tag} = "{value}"`' if tag is not None and " of kind " not in head else ""))
    if text := _about(kind):
        parts.append(text)
    rows = [f"| `{name}` | {_words(key.shape)} | {_default(key)} | {_cell(key.help)} |" for name, key in keys.items()]
    if rows:
        parts.append("\n".join(["| key | value | default | what for |", "|---|---|---|---|", *rows]))
    for name, key in keys.items():
        inner, form = _inner(key.shape)
        path = f"{outer[1]}.{name}" if outer else name
        for table in inner:
            if table not in seen:
                seen.add(table)
                _sections(table, "`" + form.format(path) + "`", parts, seen)


def _inner(shape: Shape) -> tuple[Sequence[type[Any]], str]:
    if shape.rows is not None:
        return shape.rows.tables, "[[{}]]"
    if shape.values is not None:
        return shape.values.tables, "[{}.NAME]"
    return shape.tables, "[{}]"


def _words(shape: Shape) -> str:
    if shape.tables:
        return "table"
    if shape.rows is not None:
        return f"list of {_words(shape.rows)}"
    if shape.values is not None:
        return "tables with names" if shape.values.tables else f"table of {_words(shape.values)}"
    if shape.choices:
        return ", ".join(f"`{choice}`" for choice in shape.choices)
    told = " or ".join(_WORDS.get(kind, "list of text") for kind in shape.kinds)
    for meta in shape.metas:
        signs = (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below"))
        bounds = [f"{word} {getattr(meta, own):,.10g}" for own, word in signs if getattr(meta, own) is not None]
        told = " ".join([told, *(bound.replace(",", " ") for bound in bounds)])
    return told


def _default(key: Key) -> str:
    plain = _plain(key.default)
    if key.required:
        return "**must be given**"
    if isinstance(plain, bool):
        return f"`{str(plain).lower()}`"
    if isinstance(plain, str | int | float) and plain != "":
        return f"`{plain}`"
    return ", ".join(f"`{one}`" for one in plain) if isinstance(plain, list | tuple) and plain else ""


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path | Decimal | date | time):
        return str(value)
    return msgspec.to_builtins(value) if isinstance(value, list | tuple) else value


def _about(kind: type[Any]) -> str:
    # a class without words of its own has the machine's: a signature, or the base's
    text = inspect.cleandoc(vars(kind).get("__doc__") or "")
    text = "" if text.startswith(f"{kind.__name__}(") else " ".join(text.split("\n\n", 1)[0].split())
    text = _HEAD.sub("", text)
    return text[:1].upper() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
