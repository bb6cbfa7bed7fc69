"""The glossary and the code: every term has its place, and no new name uses a word that had several meanings."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from .source import ROOT, Module, module_of

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
KNOWN_NAMES: set[str] = {
    "BESIDE",
    "CANARY",
    "CANARY_FAILED",
    "CANARY_LATE",
    "Canary",
    "CanaryError",
    "CanaryTable",
    "CanaryTrip",
    "CanaryWay",
    "HOLES_FOUND",
    "HOLE_S",
    "Hurt",
    "IngestPapers",
    "Papers",
    "Press",
    "PressForm",
    "ROSTER_HOLE",
    "Wish",
    "_HOLE_SLOTS",
    "_LETTERS",
    "_bad_proof",
    "_beside",
    "_canary",
    "_complain",
    "_howling",
    "_hurt_all",
    "_letters",
    "_new_beside",
    "_post_beside",
    "_press",
    "_proof",
    "_write_papers",
    "canaries",
    "canary",
    "canary_every_s",
    "canary_hour",
    "canary_id",
    "complain",
    "crossing",
    "family_letters",
    "howling",
    "hurt",
    "press",
    "press_button",
    "press_on_phone",
    "proof",
    "recall",
    "recalled",
}
"""Names with a word of the second list that still stand: this set may only shrink."""
KNOWN_TWINS: dict[str, int] = {
    "Answer": 4,
    "Catalogue": 3,
    "Draft": 4,
    "Frame": 5,
    "FrameGrammar": 3,
    "Habits": 3,
    "Heard": 4,
    "Line": 4,
    "Message": 5,
    "Outcome": 3,
    "Part": 3,
    "Plan": 5,
    "Press": 5,
    "Reader": 4,
    "Roster": 3,
    "Row": 5,
    "Said": 4,
    "Seen": 3,
    "Step": 5,
    "Table": 3,
    "Told": 5,
    "Verdict": 3,
    "WebhookSettings": 3,
    "Why": 3,
    "Wish": 5,
}
"""Class names that stand in more than two files, and in how many: the numbers may only fall."""
MOST_TWINS = 2


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the table under a heading, as their cells."""
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def missing(places: str, house: Mapping[str, Module], tables: set[str]) -> list[str]:
    """Return what a term's last cell names and the code does not have."""
    by_path = {module.path: module for module in house.values()}
    faults = []
    for kind, named in re.findall(r"(table )?`([^`]+)`", places):
        file, _, name = named.partition("::")
        if kind:
            is_there = named in tables
        elif not name:
            is_there = (ROOT / file).exists()
        else:
            is_there = file in by_path and name in {found for found, _ in defined(by_path[file])}
        if not is_there:
            faults.append(named)
    return faults


def defined(module: Module) -> Iterator[tuple[str, type[ast.AST]]]:
    """Yield the names that a module defines for others: classes, functions, methods, its constants, its own name."""
    yield module.name.rpartition(".")[2], ast.Module
    waiting: list[ast.stmt] = list(module.tree.body)
    for node in waiting:
        match node:
            case ast.ClassDef(name=name, body=body):
                waiting += body
                yield name, ast.ClassDef
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, ast.FunctionDef
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name, ast.Name


def words_of(name: str) -> set[str]:
    """Return the words of an identifier, in lower case: `HoleReport`, `_hole_s` and `HOLES_TOLD` are two each."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def banned() -> set[str]:
    """Return the words of the glossary's second list."""
    return {word for row in rows(GLOSSARY, "Words that we do not use") for word in re.findall(r"`([^`]+)`", row[0])}


def names_with(words: set[str], house: Mapping[str, Module]) -> set[str]:
    """Return the names that use one of these words."""
    kept = (module for module in house.values() if ".migrations" not in module.name)
    return {name for module in kept for name, _ in defined(module) if words & words_of(name)}


def twins(house: Mapping[str, Module]) -> dict[str, int]:
    """Return the class names that stand in too many files, and in how many."""
    counts = Counter(name for module in house.values() for name, kind in defined(module) if kind is ast.ClassDef)
    return {name: count for name, count in counts.items() if count > MOST_TWINS and not name.startswith("_")}


@pytest.fixture(scope="module")
def tables(house: dict[str, Module]) -> set[str]:
    """The names of the database's tables, as the code gives them."""
    found = set()
    for module in house.values():
        for statement in module.tree.body:
            match statement:
                case ast.Assign(value=ast.Call(func=ast.Name("Table"), args=[ast.Constant(value=str(name)), *_])):
                    found.add(name)
    return found


def test_every_term_of_the_glossary_has_its_place_in_the_code(house: dict[str, Module], tables: set[str]) -> None:
    terms = rows(GLOSSARY, "The words")
    assert len(terms) > 50
    assert {term: faults for term, _, _, places in terms if (faults := missing(places, house, tables))} == {}


def test_every_term_stands_once_and_in_both_languages() -> None:
    terms = rows(GLOSSARY, "The words")
    assert [term for term, count in Counter(row[0] for row in terms).items() if count > 1] == []
    assert [row[0] for row in terms if not re.search(r"[\u4e00-\u9fff]", row[1])] == []


def test_no_new_name_uses_a_word_with_several_meanings(house: dict[str, Module]) -> None:
    assert len(banned()) > 20
    assert names_with(banned(), house) - KNOWN_NAMES == set()


def test_no_class_name_gets_a_third_meaning(house: dict[str, Module]) -> None:
    assert {name: count for name, count in twins(house).items() if count > KNOWN_TWINS.get(name, MOST_TWINS)} == {}


def _planted(source: str) -> dict[str, Module]:
    return {"gateway.x": module_of("gateway.x", "gateway/x.py", source)}


def test_a_planted_word_and_a_planted_term_are_found() -> None:
    house = _planted("class ParcelBox: ...\nHUSH_S = 1\ndef cover(): ...\ndef broadcast(): ...")
    assert names_with({"parcel", "hush", "cast", "over"}, house) == {"ParcelBox", "HUSH_S"}
    named = "`gateway/x.py::ParcelBox`, `gateway/x.py::Other`, `gateway/no.py`, table `here`, table `gone`"
    assert missing(named, house, {"here"}) == ["gateway/x.py::Other", "gateway/no.py", "gone"]


def test_a_planted_third_class_of_one_name_is_found() -> None:
    one = {f"gateway.{name}": module_of(f"gateway.{name}", f"gateway/{name}.py", "class Wish: ...") for name in "abc"}
    assert twins(one) == {"Wish": 3}
