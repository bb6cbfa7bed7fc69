"""Declared: what a settings table says about its keys: types, bounds, choices, help. Opens no files.

A table is a dataclass or a msgspec struct. Both the reader and the writer of reference pages ask here.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]
"""A text that must say something."""
Port = Annotated[int, Meta(ge=1, le=65535)]
"""A TCP port."""


def about(
    what_for: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    tz: bool | None = None,
    secret: bool = False,
) -> Meta:
    """Return what there is to say about one key: what it is for, its bounds, whether its value must not be shown."""
    given: dict[str, Any] = {"ge": ge, "gt": gt, "le": le, "lt": lt, "tz": tz, "extra": {"secret": secret}}
    meta: Meta = Meta(description=what_for, **{name: value for name, value in given.items() if value is not None})
    return meta


@dataclass(frozen=True, slots=True)
class Rows:
    """Beside a list or table of plain data, in `Annotated`: what each entry, or the table, is declared as."""

    declared: Any


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at one place: one of `tables`, a list of `rows`, a table of `values`, or a plain value."""

    plain: Any
    metas: tuple[Meta, ...] = ()
    tables: tuple[type[Any], ...] = ()
    rows: Shape | None = None
    values: Shape | None = None
    choices: tuple[object, ...] = ()
    kinds: tuple[Any, ...] = ()

    @property
    def secret(self) -> bool:
        """Whether the value must not be shown in a problem."""
        return any((meta.extra or {}).get("secret") for meta in self.metas)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table."""

    name: str
    shape: Shape
    required: bool
    default: Any
    help: str


def is_table(kind: Any) -> bool:
    """Whether `kind` declares a table."""
    return isinstance(kind, type) and (issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind))


def tag_of(kind: type[Any]) -> tuple[str | None, str | None]:
    """Return the key and the value that tell this table from its alternatives; None for a table that has none."""
    config = getattr(kind, "__struct_config__", None)
    return (None, None) if config is None else (config.tag_field, config.tag)


def keys_of(kind: type[Any]) -> Mapping[str, Key]:
    """Return the keys of a table by the name that stands in the file."""
    return _keys_of(typing.cast(Hashable, kind))


@cache
def _keys_of(kind: Any) -> Mapping[str, Key]:
    hints = typing.get_type_hints(kind, include_extras=True)
    declared = msgspec.inspect.type_info(kind)
    assert isinstance(declared, msgspec.inspect.StructType | msgspec.inspect.DataclassType)
    found: dict[str, Key] = {}
    for one in declared.fields:
        shape = shape_of(hints[one.name])
        default = one.default if one.default is not msgspec.NODEFAULT else None
        if one.default_factory is not msgspec.NODEFAULT:
            default = one.default_factory()
        text = next((meta.description for meta in shape.metas if meta.description), "")
        found[one.encode_name] = Key(one.encode_name, shape, one.required, default, text)
    return found


def shape_of(declared: Any) -> Shape:
    """Return what the annotation `declared` allows."""
    metas: list[Meta] = []
    inner = declared
    if typing.get_origin(inner) is Annotated:
        inner, *notes = typing.get_args(declared)
        metas = [note for note in notes if isinstance(note, Meta)]
        rows = next((note for note in notes if isinstance(note, Rows)), None)
        if rows is not None:
            inner = rows.declared
    options = _options(inner)
    if len(options) == 1 and options[0] is not inner:
        nested = shape_of(options[0])
        return dataclasses.replace(nested, metas=(*metas, *nested.metas))
    return _composite(inner, options, metas)


def _options(hint: Any) -> list[Any]:
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return [hint]
    return [option for option in typing.get_args(hint) if option is not type(None)]


def _composite(inner: Any, options: list[Any], metas: list[Meta]) -> Shape:
    if len(options) > 1:
        if all(is_table(option) for option in options):
            return Shape(inner, tuple(metas), tables=tuple(options))
        return Shape(inner, tuple(metas), kinds=tuple(options))
    origin, arguments = typing.get_origin(inner), typing.get_args(inner)
    if origin is Literal:
        return Shape(inner, tuple(metas), choices=arguments)
    if origin in (list, tuple, frozenset, set):
        return Shape(inner, tuple(metas), rows=shape_of(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return Shape(inner, tuple(metas), values=shape_of(arguments[1]))
    return _plain_shape(inner, metas)


def _plain_shape(inner: Any, metas: list[Meta]) -> Shape:
    if is_table(inner):
        return Shape(inner, tuple(metas), tables=(inner,))
    if isinstance(inner, type) and issubclass(inner, enum.Enum):
        return Shape(inner, tuple(metas), choices=tuple(one.value for one in inner))
    return Shape(inner, tuple(metas), kinds=(inner,))
