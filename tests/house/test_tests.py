"""The tests themselves: none is skipped, none is without something that can fail."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from .source import Module, module_of

CHECKS = {"raises", "warns", "fail"}
PLAYWRIGHT = ("to_have_", "to_be_", "to_contain_", "not_to_")
"""Beginnings of the browser library's assertions."""


def _functions(module: Module) -> dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]]:
    found: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _called(node: ast.AST) -> set[str]:
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            if isinstance(inner.func, ast.Attribute):
                names.add(inner.func.attr)
            elif isinstance(inner.func, ast.Name):
                names.add(inner.func.id)
    return names


def _checks(node: ast.AST) -> bool:
    if any(isinstance(inner, ast.Assert) for inner in ast.walk(node)):
        return True
    called = _called(node)
    if called & CHECKS or any(name.startswith(PLAYWRIGHT) for name in called):
        return True
    return any(isinstance(inner, ast.Raise) for inner in ast.walk(node))


def toothless(tests: Mapping[str, Module]) -> list[str]:
    """Return the tests in which nothing can fail: no assert, no `raises`, nor any in what they call by name."""
    everywhere: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
    for module in tests.values():
        for name, nodes in _functions(module).items():
            everywhere.setdefault(name, []).extend(nodes)
    with_teeth = {name for name, nodes in everywhere.items() if any(map(_checks, nodes))}
    while True:
        more = {name for name, nodes in everywhere.items() if any(_called(node) & with_teeth for node in nodes)}
        if more <= with_teeth:
            break
        with_teeth |= more
    return [
        f"{module.path}: {name}"
        for module in tests.values()
        for name in _functions(module)
        if name.startswith("test_") and name not in with_teeth
    ]


def skips(module: Module) -> list[int]:
    """Return the lines that skip a test or expect it to fail."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail", "importorskip"}
    ]


def test_every_test_can_fail(written_tests: dict[str, Module]) -> None:
    assert toothless(written_tests) == []


def test_no_test_is_skipped(written_tests: dict[str, Module]) -> None:
    assert {module.path: skips(module) for module in written_tests.values() if skips(module)} == {}


def test_test_names_are_sentences(written_tests: dict[str, Module]) -> None:
    short = [
        f"{module.path}: {name}"
        for module in written_tests.values()
        for name in _functions(module)
        if name.startswith("test_") and name.count("_") < 3
    ]
    assert short == []


def test_test_files_have_names_of_their_own(written_tests: dict[str, Module]) -> None:
    names = [module.path.rpartition("/")[2] for module in written_tests.values() if "/test_" in module.path]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def _planted(source: str) -> dict[str, Module]:
    return {"tests.x": module_of("tests.x", "tests/x.py", source)}


@pytest.mark.parametrize(
    "source",
    [
        "def test_a(): f()",
        "async def test_a():\n    await f()\ndef f(): return 1",
        "def test_a():\n    print('assert')",
    ],
)
def test_a_planted_toothless_test_is_found(source: str) -> None:
    assert toothless(_planted(source)) == ["tests/x.py: test_a"]


@pytest.mark.parametrize(
    "source",
    ["def test_a():\n    check()\ndef check():\n    assert 1", "def test_a():\n    with pytest.raises(E): f()"],
)
def test_a_test_that_checks_through_another_function_has_teeth(source: str) -> None:
    assert toothless(_planted(source)) == []


def test_a_planted_skip_is_found() -> None:
    source = "import pytest\n@pytest.mark." + "skipif(x)\ndef test_a(): assert 1"
    assert skips(_planted(source)["tests.x"]) == [2]
