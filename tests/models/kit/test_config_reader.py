"""One reader of settings: every mistake of a file is told at once, each with its line, its key and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from models.kit.config_declared import Port, Rows, Text, about
from models.kit.config_places import locate
from models.kit.config_reader import ConfigError, parse_document, read_document
from models.kit.secrets import SecretError, read_key, read_secret


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Cat(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="cat"):
    lives: Annotated[int, about("how often it falls", ge=1, lt=10)] = 9


class Dog(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="dog"):
    name: Text


class Turn(msgspec.Struct, forbid_unknown_fields=True):
    days: str | list[str]


@dataclass(frozen=True, slots=True)
class Farm:
    name: Annotated[Text, about("what it is called")]
    port: Annotated[Port, about("where it listens")] = 1
    mode: Literal["slow", "fast"] = "slow"
    colours: tuple[Colour, ...] = ()
    animals: dict[str, Cat | Dog] = field(default_factory=dict)
    turns: Annotated[list[dict[str, Any]], Rows(list[Turn])] = field(default_factory=list)
    code: Annotated[str, about("its lock", secret=True)] = ""
    barn: Path = Path("barn")


def problems(text: str) -> list[str]:
    data, reader = parse_document(text, Path("farm.toml"))
    assert reader.read(data, Farm) is None
    with pytest.raises(ConfigError) as caught:
        reader.raise_problems()
    return str(caught.value).splitlines()


def test_a_good_table_is_what_msgspec_makes_of_it() -> None:
    text = (
        'name = "x"\ncolours = ["red"]\n[animals.a]\nkind = "dog"\nname = "Rex"\n[animals.b]\nkind = "cat"\n'
        '[[turns]]\ndays = "mon"\n[[turns]]\ndays = ["tue"]\n'
    )
    data, reader = parse_document(text, Path("/etc/farm.toml"))
    farm = reader.read(data, Farm)
    assert reader.problems == []
    assert farm == Farm(
        "x",
        colours=(Colour.RED,),
        animals={"a": Dog(name="Rex"), "b": Cat()},
        turns=[{"days": "mon"}, {"days": ["tue"]}],
        barn=Path("barn"),
    )


def test_paths_are_relative_to_the_file() -> None:
    data, reader = parse_document('name = "x"\nbarn = "old/barn"', Path("/etc/farm.toml"))
    farm = reader.read(data, Farm)
    assert farm is not None
    assert farm.barn == Path("/etc/old/barn")


def test_every_mistake_is_told_with_its_line() -> None:
    assert problems(
        """\
nam = "x"
port = 70000
mode = "fasst"
colours = [
  "red",
  "gren",
]
code = 7
[animals.a]
kind = "cow"
[animals.b]
kind = "cat"
lives = 10
[animals.c]
name = "Rex"
[[turns]]
days = "mon"
[[turns]]
days = 3
day = 1
"""
    ) == [
        "farm.toml:1: nam: is not a key of this table; did you mean name?",
        "farm.toml:1: name: is missing; add name = … (what it is called)",
        "farm.toml:2: port: 70000 is too big; the most is 65535",
        "farm.toml:3: mode: 'fasst' is not known; choose one of 'slow', 'fast'; did you mean 'fast'?",
        "farm.toml:6: colours[1]: 'gren' is not known; choose one of 'red', 'green'; did you mean 'green'?",
        "farm.toml:8: code: must be a text in quotes",
        "farm.toml:10: animals.a.kind: 'cow' is not known; choose one of 'cat', 'dog'",
        "farm.toml:13: animals.b.lives: 10 is too big; it must be below 10",
        "farm.toml:14: animals.c.kind: is missing; add kind = one of 'cat', 'dog'",
        "farm.toml:19: turns[1].days: must be a text in quotes or a list, not 3",
        "farm.toml:20: turns[1].day: is not a key of this table; did you mean days?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = 'x'\nanimals = 3", "animals: must be a table; write [animals]"),
        ("name = 'x'\nturns = 3", "turns: must be a list: write [[turns]] above each entry"),
        ("name = 'x'\ncolours = 'red'", "colours: must be a list: write [ … ]"),
        ("name = ''", "name: is empty"),
        ("name = 'x'\nport = true", "port: must be a whole number, not True"),
        ("name = 'x'\ncolours = [true]", "colours[0]: True is not known"),
    ],
)
def test_a_wrong_form_is_told_with_the_right_one(text: str, told: str) -> None:
    (found,) = problems(text)
    assert told in found


def test_lines_are_found_through_comments_texts_of_many_lines_and_tables_in_lists() -> None:
    text = '''\
# a = 1
note = """
port = 3
[lines]
"""
rows = [ { a = 1 },  # } ]
  { a = 2, "b c" = [ 1,
      2 ] } ]
[[lines]]
name = 'x # y'
[lines.tls]
ca.file = 1
[[lines]]
[lines.tls]
at = 2026-11-23 12:00:00
'''
    places = locate(text)
    assert places[("note",)] == 2
    assert ("port",) not in places
    assert [places[("rows", 0, "a")], places[("rows", 1, "a")], places[("rows", 1, "b c", 1)]] == [6, 7, 8]
    assert places[("lines", 0, "name")] == 10
    assert places[("lines", 0, "tls", "ca", "file")] == 12
    assert places[("lines", 1, "tls", "at")] == 15


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "can't be read: No such file"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"a = 1\nb = ", "farm.toml:2: the file"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_what_to_do(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "farm.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_document(path)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "content", "told"),
    [
        (0o602, "hush", "can be written by everybody"),
        (0o600, " \n", "is empty"),
        (0o600, "\udcff", "not text"),
        (None, "", "can't be read: No such file"),
    ],
)
def test_a_secret_that_is_none_is_told_and_never_shown(
    tmp_path: Path, mode: int | None, content: str, told: str
) -> None:
    path = tmp_path / "key"
    if mode is not None:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
        path.chmod(mode)
    with pytest.raises(SecretError) as caught:
        read_secret(path, None)
    assert told in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_secret_comes_from_a_file_or_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ab" * 32 + "\n")
    assert read_secret(tmp_path / "key", None) == "ab" * 32
    assert read_secret(None, "K", {"K": "x"}) == "x"
    assert read_secret(None, None) is None
    assert read_key(tmp_path / "key", None) == bytes.fromhex("ab" * 32)
    with pytest.raises(SecretError, match="K is not set"):
        read_secret(None, "K", {})
