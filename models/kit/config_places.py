"""Places: on which line of a TOML file each key stands, because `tomllib` tells values only. Pure.

The scanner walks text that `tomllib` has accepted; it does not judge the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Path = tuple[str | int, ...]
"""A key's place in the document: `("lines", 0, "port")` is `port` in the first `[[lines]]`."""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')[ \t]*""")
_TEXT = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}\n#]*")


class _Scanner:
    """Walks the text once and notes where tables, keys and list entries begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, int] = {}
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        here: Path = ()
        self._skip()
        while self.at < len(self.text):
            before = self.at
            here = self._statement(here)
            self._skip()
            if self.at == before:
                return

    def _statement(self, here: Path) -> Path:
        if self._take("[["):
            here = self._resolved(self._key(), is_list=True)
            self._take("]]")
        elif self._take("["):
            here = self._resolved(self._key(), is_list=False)
            self._take("]")
        else:
            self._pair(here)
        return here

    def _resolved(self, parts: Path, *, is_list: bool) -> Path:
        """Return the place of a header: the name of a list of tables means its newest entry."""
        line = self._line()
        path: Path = ()
        for part in parts[:-1]:
            path = (*path, part)
            path = (*path, self._counts[path] - 1) if path in self._counts else path
        path = (*path, *parts[-1:])
        self.places.setdefault(path, line)
        if not is_list:
            return path
        self._counts[path] = self._counts.get(path, 0) + 1
        path = (*path, self._counts[path] - 1)
        self.places.setdefault(path, line)
        return path

    def _pair(self, here: Path) -> None:
        line = self._line()
        path = (*here, *self._key())
        self.places.setdefault(path, line)
        self._take("=")
        self._skip()
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._take("["):
            self._entries(path, "]")
        elif self._take("{"):
            self._entries(path, "}")
        else:
            found = _TEXT.match(self.text, self.at) or _BARE.match(self.text, self.at)
            assert found is not None  # _BARE matches nothing as well
            self.at = found.end()

    def _entries(self, path: Path, end: str) -> None:
        index = 0
        self._skip()
        while self.at < len(self.text) and not self._take(end):
            before = self.at
            if end == "]":
                self.places.setdefault((*path, index), self._line())
                self._value((*path, index))
            else:
                self._pair(path)
            index += 1
            self._skip()
            self._take(",")
            self._skip()
            if self.at == before:
                return

    def _key(self) -> Path:
        parts: list[str] = []
        while found := _PART.match(self.text, self.at):
            parts.append(found.group(1).strip("\"'"))
            self.at = found.end()
            if not self._take("."):
                break
        return tuple(parts)

    def _take(self, word: str) -> bool:
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = self.at if found is None else found.end()

    def _line(self) -> int:
        return bisect_right(self._breaks, self.at - 1) + 1


def locate(text: str) -> dict[Path, int]:
    """Return the 1-based line of every table header, key and list entry in the TOML `text`."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.places


def line_of(places: dict[Path, int], path: Path) -> int:
    """Return the line of `path`, or of the nearest thing that holds it; 1 for the document itself."""
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return 1
