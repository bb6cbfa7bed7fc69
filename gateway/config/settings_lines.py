"""Lines: where in a TOML file each key stands, because `tomllib` tells values, not places. Pure."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""A key's place in the document: `("lines", 0, "port")` is `port` in the first `[[lines]]`."""

_TABLE = re.compile(r"^\s*\[(?!\[)\s*([^\]]+?)\s*\]\s*(#.*)?$")
_ARRAY = re.compile(r"^\s*\[\[\s*([^\]]+?)\s*\]\]\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def locate(text: str) -> dict[Path, int]:
    """Return the 1-based line of every table header and key in TOML `text`.

    A key inside an inline table has no line of its own: `line_of` finds the line of what holds it.
    """
    places: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    here: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if array := _ARRAY.match(line):
            name: Path = tuple(_parts(array.group(1)))
            index = counts.get(name, 0)
            counts[name] = index + 1
            here = (*name, index)
            places.setdefault(name, number)
            places.setdefault(here, number)
        elif table := _TABLE.match(line):
            here = tuple(_parts(table.group(1)))
            places.setdefault(here, number)
        elif key := _KEY.match(line):
            places.setdefault((*here, *_parts(key.group(1))), number)
    return places


def line_of(places: dict[Path, int], path: Path) -> int:
    """Return the line of `path`, or of the nearest thing that holds it; 1 for the document itself."""
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return 1
