"""The quick selection (`make quick`, tests/quick.txt): it is there, it is not empty, and it starts nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .source import ROOT, Module, imported_names, module_of

QUICK = [line for line in (ROOT / "tests" / "quick.txt").read_text().splitlines() if not line.startswith("#")]
STARTERS = (
    "asyncio.subprocess", "asyncpg", "http.server", "iotcore", "multiprocessing", "os.fork", "paho", "playwright",
    "psutil", "pty", "serial", "simulators.broker", "simulators.vendors", "socket", "socketserver", "subprocess",
    "tests.browser", "tests.ingest.postgres_server", "tests.ports", "uvicorn",
)  # fmt: skip
"""What a test imports that starts a program, opens a port or a line, or drives a browser."""
ASKS_AN_INTERPRETER = {
    "tests/house/test_dependencies.py": {"subprocess"},
    "tests/house/test_imports.py": {"subprocess"},
}
"""Asks a fresh Python what an import loads, or what the wheel carries."""


def _is_quick(module: Module) -> bool:
    return any(module.path.startswith(f"{folder}/") for folder in QUICK)


def starters_in(module: Module) -> set[str]:
    """Return what a module imports that starts something."""
    names = {name for name, _ in imported_names(module)}
    return {start for start in STARTERS if any(name == start or name.startswith(f"{start}.") for name in names)}


def fixtures_of(module: Module) -> set[str]:
    """Return the names of the fixtures that a module defines."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
            if any(ast.unparse(one).endswith("fixture") for one in decorators):
                found.add(node.name)
    return found


def asked_for(module: Module) -> Iterator[str]:
    """Yield the arguments of a module's functions: the fixtures that its tests ask for are among them."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (argument.arg for argument in node.args.args)


def borrowed(tests: Mapping[str, Module]) -> dict[str, set[str]]:
    """Return the fixtures that quick tests ask of conftests above their folders, by the test's file.

    Those conftests start servers; the root's own says only how tests run.
    """
    above = {module.path.rpartition("/")[0]: fixtures_of(module) for module in tests.values() if _is_above(module)}
    found = {}
    for module in tests.values():
        if _is_quick(module):
            offered = {
                name for folder, names in above.items() if module.path.startswith(f"{folder}/") for name in names
            }
            if asked := offered & set(asked_for(module)):
                found[module.path] = asked
    return found


def _is_above(module: Module) -> bool:
    return module.path.endswith("/conftest.py") and not _is_quick(module)


def test_every_folder_of_the_quick_selection_is_there_and_holds_tests() -> None:
    assert len(QUICK) > 5
    assert [folder for folder in QUICK if not list((ROOT / folder).rglob("test_*.py"))] == []


def test_the_quick_selection_is_a_fair_part_of_all_tests(written_tests: dict[str, Module]) -> None:
    quick = [module for module in written_tests.values() if _is_quick(module) and "/test_" in module.path]
    assert len(quick) > 40


def test_a_quick_test_starts_no_program_and_opens_no_port(written_tests: dict[str, Module]) -> None:
    quick = {module.path: starters_in(module) for module in written_tests.values() if _is_quick(module)}
    assert {path: found for path, found in quick.items() if found} == ASKS_AN_INTERPRETER
    assert borrowed(written_tests) == {}


def test_planted_starters_are_found() -> None:
    folder = QUICK[-1]
    planted = module_of("tests.x", f"{folder}/test_x.py", "import subprocess\nfrom tests.ports import own_port\n")
    assert starters_in(planted) == {"subprocess", "tests.ports"}
    conftest = module_of("tests.c", "tests/simulators/conftest.py", "@pytest.fixture\ndef broker() -> None: ...\n")
    user = module_of("tests.y", f"{folder}/test_y.py", "def test_it(broker: str) -> None: ...\n")
    assert borrowed({"c": conftest, "y": user}) == {f"{folder}/test_y.py": {"broker"}}
