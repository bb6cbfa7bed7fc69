"""Plug-ins: kinds of channels and of forwarders that installed distributions add, found by Python entry points.

An entry point of the group `linshe.channels` or `linshe.forwarders` has the kind as its name and a `Plugin` as its
value. A plug-in that can't be used puts itself out of action, with a reason, and nobody else; two of one kind are an
error. This module knows neither what a plug-in sends nor to whom.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from models.kit.config_declared import tag_of
from models.kit.config_places import Path as KeyPath
from models.kit.config_reader import ConfigError, Problem, Reader

CHANNELS, FORWARDERS = "linshe.channels", "linshe.forwarders"
TAG = "kind"
_Made = TypeVar("_Made")
WallSeconds = Callable[[], float]
log = logging.getLogger(__name__)


def _nothing_more(_reader: Reader, _settings: Any, _path: KeyPath) -> None:
    """The types of the keys say everything."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A kind of channel or forwarder.

    `settings` is the type of its table, tagged `kind`. `build` makes it of its name, its settings, the folder that
    files named in them are relative to, and the wall's clock; it raises `ConfigError` for what can't be used. `check`
    notes what the types of the keys can't say.
    """

    settings: type[Struct]
    build: Callable[[str, Any, Path, WallSeconds], Any]
    check: Callable[[Reader, Any, KeyPath], None] = _nothing_more


@dataclass(frozen=True, slots=True)
class Plugins:
    """The plug-ins of one group by their kind: those that can be used, and why the others can not."""

    good: Mapping[str, Plugin] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    def of(self, settings: object) -> Plugin | None:
        """Return the plug-in whose settings these are, None for one of our own kinds."""
        return next((one for one in self.good.values() if type(settings) is one.settings), None)

    def fault_of(self, table: object) -> str | None:
        """Return why the plug-in that a table names can't be used, None where it can."""
        return self.broken.get(str(table.get(TAG))) if isinstance(table, Mapping) else None


def find_plugins(group: str, ours: Iterable[type[Struct]] = ()) -> Plugins:
    """Return the plug-ins of a group; raises `ConfigError` where two have one kind, or one has a kind of `ours`."""
    return _found(group, frozenset(str(tag_of(one)[1]) for one in ours), tuple(sys.path))


@lru_cache(maxsize=8)
def _found(group: str, ours: frozenset[str], _path: tuple[str, ...]) -> Plugins:
    # what is installed changes with the folders that Python looks in, and not while a program runs
    named: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=group):
        named.setdefault(point.name, []).append(point)
    doubled = [
        Problem(group, 0, kind, f"{_whose(points, kind in ours)} have this kind; uninstall all but one")
        for kind, points in named.items()
        if len(points) + (kind in ours) > 1
    ]
    if doubled:
        raise ConfigError(doubled)
    good: dict[str, Plugin] = {}
    broken: dict[str, str] = {}
    for kind, (point,) in named.items():
        plugin = attempt(partial(_loaded, point), show=True)
        if isinstance(plugin, Plugin):
            good[kind] = plugin
        else:
            broken[kind] = f"plug-in {point.value} of {_owner(point)} is out of action: {plugin}"
            log.error("%s %s: %s", group, kind, broken[kind])
    return Plugins(good, broken)


def attempt(make: Callable[[], _Made], *, show: bool = False) -> _Made | str:
    """Return what a plug-in's code makes, or what kind of fault it has.

    The fault's words may hold a secret of the settings: they come only if `show`. `ConfigError` is raised on.
    """
    try:
        return make()
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - a stranger's fault must not keep our own channels from starting
        return f"{type(error).__name__}: {error}" if show else type(error).__name__


def _loaded(point: EntryPoint) -> Plugin:
    plugin = point.load()
    if not isinstance(plugin, Plugin):
        raise TypeError(f"{point.value} is no Plugin but a {type(plugin).__name__}")
    if tag_of(plugin.settings) != (TAG, point.name):
        raise TypeError(f'its settings need tag_field="{TAG}", tag="{point.name}"')
    return plugin


def _owner(point: EntryPoint) -> str:
    return "an unnamed distribution" if point.dist is None else point.dist.name


def _whose(points: list[EntryPoint], is_ours: bool) -> str:
    return " and ".join([*(["Linshe itself"] if is_ours else []), *(_owner(point) for point in points)])
