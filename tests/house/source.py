"""Reading the house: its modules as syntax trees, what they import, where they read clocks. Imports none of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("gateway", "ingest", "models", "simulators")


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name, its path from the root, its syntax tree."""

    name: str
    path: str
    tree: ast.Module
    lines: int

    @property
    def is_package(self) -> bool:
        """Whether it is an `__init__.py`."""
        return self.path.endswith("__init__.py")


def module_of(name: str, path: str, source: str) -> Module:
    """Return a module from its source."""
    return Module(name, path, ast.parse(source, path), source.count("\n"))


def modules(root: Path, folders: tuple[str, ...] = PACKAGES) -> dict[str, Module]:
    """Return every module below `folders` of `root`, by dotted name."""
    found: dict[str, Module] = {}
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = module_of(name, file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
    return found


def imported_names(module: Module) -> Iterator[tuple[str, int]]:
    """Yield what a module imports, wherever in it, as (dotted name, line). `from a import b` gives `a.b`."""
    own = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            above = own[: len(own) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def import_graph(house: Mapping[str, Module]) -> dict[str, set[str]]:
    """Return which modules of the house each one imports."""
    graph: dict[str, set[str]] = {}
    for module in house.values():
        targets: set[str] = set()
        for name, _ in imported_names(module):
            target = name if name in house else name.rpartition(".")[0]
            if target in house and target != module.name:
                targets.add(target)
        graph[module.name] = targets
    return graph


def rings(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other in a ring."""
    found: list[list[str]] = []
    reach = {name: _reachable(graph, name) for name in graph}
    seen: set[str] = set()
    for name in sorted(graph):
        if name in seen or name not in reach[name]:
            continue
        ring = sorted(other for other in reach[name] if name in reach.get(other, set()))
        seen.update(ring)
        found.append(ring)
    return found


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return seen


_CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "localtime", "gmtime"},
    "datetime.datetime": {"now", "utcnow", "today"},
    "datetime.date": {"today"},
}


def _meanings(tree: ast.Module) -> dict[str, str]:
    """What the names of a file stand for, by its imports."""
    meanings: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meanings |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            meanings |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return meanings


def _dotted(node: ast.expr, meanings: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return meanings.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, meanings)
        return f"{before}.{node.attr}" if before else ""
    return ""


def clock_reads(module: Module) -> list[int]:
    """Return the lines on which a module reads a clock, or takes the function that does."""
    meanings = _meanings(module.tree)
    found: list[int] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner, _, what = _dotted(node, meanings).rpartition(".")
            if what in _CLOCKS.get(owner, ()) or _is_loop_time(node):
                found.append(node.lineno)
    return found


def _is_loop_time(node: ast.expr) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr != "time":
        return False
    return ast.unparse(node.value).split(".")[-1] in {"loop", "_loop", "get_running_loop()", "get_event_loop()"}


def broad_excepts(module: Module) -> list[int]:
    """Return the lines on which a module catches everything. To undo something and raise on is not to catch."""
    found: list[int] = []
    for node in ast.walk(module.tree):
        caught: list[ast.expr | None] = []
        if isinstance(node, ast.ExceptHandler) and not _raises_on(node):
            caught = [*node.type.elts] if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = [*node.args]
        if any(item is None or ast.unparse(item) in {"Exception", "BaseException"} for item in caught):
            found.append(node.lineno)  # type: ignore[attr-defined]  # both kinds of node have a line
    return found


def _raises_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def hidden_imports(module: Module) -> list[int]:
    """Return the lines of imports inside functions."""
    return [
        inner.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
