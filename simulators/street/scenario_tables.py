"""Tables: reading a scenario's TOML strictly. A key nobody asked for, or a value of the wrong kind, is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

_V = TypeVar("_V")


class ScenarioError(ValueError):
    """A scenario that can't be played: what, where, and what to do."""


class Table:
    """One table of a TOML file; `where` names it in messages."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self._data = dict(data)
        self._asked: list[str] = []
        self.where = where

    def take(self, key: str, kind: type[_V], default: _V | None = None) -> _V:
        """Return and remove `key`; without a default it must be there. Whole numbers do for numbers."""
        value: _V = self.take_any(key, (kind,), default)
        return value

    def take_any(self, key: str, kinds: tuple[type[Any], ...], default: object = None) -> Any:
        """Return and remove `key`, which may be of several kinds."""
        self._asked.append(key)
        if key not in self._data:
            if default is None:
                raise ScenarioError(f"{self.where}: {key} is missing; give it a {_names(kinds)}")
            return default
        value = self._data.pop(key)
        if float in kinds and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ScenarioError(f"{self.where}: {key} = {value!r} must be a {_names(kinds)}")
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """Return a number within its bounds."""
        value = self.take(key, float, default)
        if not low <= value <= high:
            raise ScenarioError(f"{self.where}: {key} = {value:g} must lie between {low:g} and {high:g}")
        return value

    def has(self, key: str) -> bool:
        """Whether `key` is still there."""
        return key in self._data

    def table(self, key: str) -> Table:
        """Return the table `key`, an empty one if it is not there."""
        self._asked.append(key)
        data = self._data.pop(key, {})
        if not isinstance(data, Mapping):
            raise ScenarioError(f"{self.where}: {key} must be a table; write [{key}]")
        return Table(data, f"{self.where}: [{key}]")

    def tables(self, key: str) -> list[Table]:
        """Return the list of tables `key`, empty if it is not there."""
        self._asked.append(key)
        data = self._data.pop(key, [])
        if not isinstance(data, list) or not all(isinstance(one, Mapping) for one in data):
            raise ScenarioError(f"{self.where}: {key} must be a list of tables; write [[{key}]]")
        return [Table(one, f"{self.where}: [[{key}]] number {number}") for number, one in enumerate(data, 1)]

    def done(self) -> None:
        """Refuse what nobody asked for."""
        if self._data:
            unknown = ", ".join(sorted(self._data))
            known = ", ".join(sorted(set(self._asked)))
            raise ScenarioError(f"{self.where}: unknown key {unknown}; known here are {known}")


def _names(kinds: tuple[type[Any], ...]) -> str:
    return " or ".join(kind.__name__ for kind in kinds)
