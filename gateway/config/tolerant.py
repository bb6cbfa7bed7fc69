"""Tolerant: what of `gateway.toml` and the device documents is good, and what is left out because it is not.

One bad paper must blind nobody else: a gateway that does not start hears no fire in the whole building. A key that is
wrong gives way to its default, an entry that can't do without it is left out, and whatever stands on that entry as
well. Only what says who the gateway is, where its memory lies and what time it lives in can't be done without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from gateway.config.catalogue import DocumentCatalogue, load_settings
from gateway.config.settings import HINT, Settings, checked, finished
from gateway.drivers.document import Document
from gateway.drivers.registry import read_documents
from models.kit.config_places import Path
from models.kit.config_reader import ConfigError, Problem, Reader, read_document

_NAMES = {"devices": "id", "homes": "id", "lines": "name"}
_NEEDED = {
    "devices": ("id", "home", "line", "document", "address", "topic"),
    "homes": ("id",),
    "lines": ("name", "kind"),
}
"""Without these an entry is none."""
_MOST_PASSES = 50
_VITAL: tuple[Path, ...] = (("gateway",), ("gateway", "id"), ("gateway", "state"), ("clock",))
_NEED_EACH_OTHER: dict[Path, Path] = {
    ("local_alarm", "on_call"): ("local_alarm", "modem"),
    ("local_alarm", "modem"): ("local_alarm", "on_call"),
}
"""What is missing, and what is of no use without it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A device, home or line that is declared and not used. `home` is the device's, or the home itself; "" for none."""

    table: str
    name: str
    home: str


@dataclass(frozen=True, slots=True)
class UsableSettings:
    """What is good, everything that is wrong, and which entries are left out because of that."""

    settings: Settings
    documents: Mapping[str, Document]
    problems: tuple[Problem, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def load_tolerant(path: FilePath) -> UsableSettings:
    """Return what is good in the file at `path` and in the documents; raises `ConfigError` where nothing can be."""
    try:
        return UsableSettings(*load_settings(path))
    except ConfigError as error:
        problems = error.problems
    documents, _ = read_documents()
    path = path.absolute()
    data, reader = read_document(path, HINT)
    left_out: list[LeftOut] = []
    for _ in range(_MOST_PASSES):
        reader.problems.clear()
        try:
            settings = checked(data, reader, DocumentCatalogue(documents))
        except ConfigError as error:
            if not _drop_all(data, error.problems, reader, left_out):
                break
        else:
            return UsableSettings(finished(settings, path), documents, tuple(problems), tuple(left_out))
    raise ConfigError(problems)


def _drop_all(data: dict[str, Any], problems: list[Problem], reader: Reader, left_out: list[LeftOut]) -> bool:
    """Take away what is wrong; False where that can't be done without."""
    places = [one.path if one.file == reader.file else ("detection", "preset") for one in problems]
    gone: list[Path] = []
    # the last entry of a list first: to take it away moves no other
    for place in sorted(places, key=lambda path: [(isinstance(part, int), part) for part in path], reverse=True):
        if any(place[: len(one)] == one for one in gone):
            continue
        path = _culprit(data, place)
        if not path or path in _VITAL or path[0] == "clock":
            return False
        holder = _at(data, path[:-1])
        if isinstance(holder, list) and isinstance(path[-1], int):
            _note(str(path[0]), holder.pop(path[-1]), left_out)
        elif isinstance(holder, dict):
            holder.pop(str(path[-1]), None)
        gone.append(path)
    return True


def _culprit(data: dict[str, Any], place: Path) -> Path:
    """Return what has to go: the key that is wrong, or the entry that can't do without it."""
    if len(place) == 3 and place[2] in _NEEDED.get(str(place[0]), ()):
        return place[:2]
    if _at(data, place) is None:
        return _NEED_EACH_OTHER.get(place, place[:-1])
    # nothing goes out in clear because of a typo
    return place[:-1] if place[-1] == "tls" else place


def _at(data: Any, path: Path) -> Any:
    """Return what stands at `path`, None where nothing does."""
    for part in path:
        if isinstance(data, Mapping) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _note(table: str, entry: object, left_out: list[LeftOut]) -> None:
    if table not in _NAMES or not isinstance(entry, Mapping):
        return
    name = str(entry.get(_NAMES[table], "?"))
    home = entry.get("home") if table == "devices" else entry.get("id") if table == "homes" else None
    left_out.append(LeftOut(table, name, home if isinstance(home, str) else ""))
