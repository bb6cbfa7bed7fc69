"""Texts: what people read stands in `config/texts`, in both languages, and every sentence there is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from models.texts.catalogue import Catalogue, table_of
from models.texts.texts import load_texts

from .source import Module, module_of

CHINESE = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
FILES_WITH_CHINESE = {
    "gateway/local_alarm/words.py",  # what people answer to a text message, in any writing
    "ingest/places/sheets/columns.py",  # yes, no and signs, as people write them into sheets
    "ingest/web/tickets/initials.py",  # readings of family names
}
FILLERS = {"text_of": 2, "texts_of": 1}
"""Functions that fill a sentence → the number of arguments that are no facts; the last of them is the key."""


def product(house: Mapping[str, Module]) -> list[Module]:
    """Return the modules of the two programs."""
    return [module for module in house.values() if module.name.split(".")[0] != "simulators"]


def strings(module: Module) -> Iterator[ast.Constant]:
    """Yield a module's texts, docstrings left out."""
    words = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            yield node


def chinese(module: Module) -> list[str]:
    """Return a module's texts with Chinese signs in them."""
    return [str(node.value) for node in strings(module) if CHINESE.search(str(node.value))]


def beginnings(module: Module) -> set[str]:
    """Return what texts that are put together begin with, as `f"kinds.kind.{kind}"` does."""
    return {
        str(node.values[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant)
    }


def unused(catalogue: Catalogue, modules: list[Module]) -> list[str]:
    """Return the keys that no module names, no put together text can mean and no sentence of the catalogue does."""
    named = {str(node.value) for module in modules for node in strings(module)}
    begun = {one for module in modules for one in beginnings(module) if one.count(".") == 2}
    for key, sentence in catalogue.sentences.items():
        begun |= {table_of(key, gap) for gap in sentence.placeholders if gap.form.startswith("@")}
    return [key for key in catalogue.sentences if key not in named and not key.startswith(tuple(begun))]


def missing(catalogue: Catalogue, modules: list[Module]) -> list[str]:
    """Return what looks like a key in a module and is none."""
    files = {key.split(".")[0] for key in catalogue.sentences}
    key = re.compile(rf"({'|'.join(files)})\.\w+\.\w*")
    begun = {one for module in modules for one in beginnings(module)}
    found = {str(node.value) for module in modules for node in strings(module) if key.fullmatch(str(node.value))}
    return sorted(one for one in found | {b for b in begun if key.fullmatch(b)} if not _is_known(catalogue, one))


def _is_known(catalogue: Catalogue, key: str) -> bool:
    return key in catalogue.sentences or (key.endswith(".") and any(one.startswith(key) for one in catalogue.sentences))


def unfilled(catalogue: Catalogue, module: Module) -> list[str]:
    """Return where a sentence is filled by its name with other facts than it has gaps for."""
    found: list[str] = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in FILLERS:
            continue
        key = node.args[FILLERS[node.func.id] - 1]
        given = {keyword.arg for keyword in node.keywords}
        if isinstance(key, ast.Constant) and None not in given and given != needed(catalogue, str(key.value)):
            found.append(f"{module.path}:{node.lineno} {key.value} needs {sorted(needed(catalogue, str(key.value)))}")
    return found


def needed(catalogue: Catalogue, key: str) -> set[str]:
    """Return the facts that a sentence and the entries it may name need."""
    names: set[str] = set()
    for gap in catalogue.sentences[key].placeholders:
        names.add(gap.name)
        if gap.form.startswith("@"):
            table = table_of(key, gap)
            names |= {name for one in catalogue.sentences if one.startswith(table) for name in needed(catalogue, one)}
    return names


def test_what_people_read_stands_in_no_program(house: dict[str, Module]) -> None:
    assert {module.path for module in product(house) if chinese(module)} == FILES_WITH_CHINESE


def test_every_sentence_is_used_and_every_key_is_there(house: dict[str, Module]) -> None:
    for catalogue in load_texts().values():
        assert unused(catalogue, product(house)) == []
        assert missing(catalogue, product(house)) == []


def test_a_sentence_gets_the_facts_that_it_needs(house: dict[str, Module]) -> None:
    assert [one for module in product(house) for one in unfilled(load_texts()["zh"], module)] == []


def test_english_has_no_chinese_signs() -> None:
    english = load_texts()["en"].sentences
    parts = [part for sentence in english.values() for part in sentence.parts if isinstance(part, str)]
    assert [part for part in parts if CHINESE.search(part)] == []


def _planted(source: str) -> Module:
    return module_of("ingest.x", "ingest/x.py", source)


@pytest.mark.parametrize("source", ["x = '烟'", "x = f'{n}，'", "f(a='门：')"])
def test_a_planted_sentence_is_found(source: str) -> None:
    assert len(chinese(_planted(source))) == 1


def test_a_docstring_may_name_a_chinese_word() -> None:
    assert chinese(_planted('"""区"""\nx = 1\n"""街道"""')) == []


def test_a_planted_key_that_is_not_there_is_found() -> None:
    catalogue = load_texts()["zh"]
    assert missing(catalogue, [_planted("x = 'flags.smoke.none'\ny = f'flags.none.{x}'")]) == [
        "flags.none.",
        "flags.smoke.none",
    ]
    assert "flags.smoke.alarm" in unused(catalogue, [_planted("x = 'flags.smoke.over'")])


@pytest.mark.parametrize("given", ["", "device=x, home=y", "home=y"])
def test_a_planted_sentence_with_other_facts_is_found(given: str) -> None:
    assert len(unfilled(load_texts()["zh"], _planted(f"texts_of('flags.smoke.alarm', {given})"))) == 1
