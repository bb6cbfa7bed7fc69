"""Who may know whom: no rings, the table of who imports whom, no imports hidden in functions, a light gateway."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from .source import PACKAGES, ROOT, Module, hidden_imports, import_graph, imported_names, module_of, rings

# room → (rooms of ours it may import, packages from outside); the longest name that fits a module counts
MAY_IMPORT: Mapping[str, tuple[set[str], set[str]]] = {
    "models": ({"models"}, {"numpy"}),
    "models.wire": ({"models"}, {"msgspec"}),
    "models.fit": ({"models"}, {"numpy", "sklearn"}),
    "gateway": ({"gateway", "models"}, {"msgspec", "numpy"}),
    "gateway.protocols": ({"gateway.protocols"}, set()),
    "gateway.drivers": ({"gateway.drivers", "gateway.protocols", "models"}, {"msgspec"}),
    "gateway.links": ({"gateway.links"}, {"serial", "paho"}),
    "gateway.bus": (
        {"gateway.bus", "gateway.clock", "gateway.links", "gateway.drivers", "gateway.protocols", "models"},
        set(),
    ),
    "gateway.watch": ({"gateway.watch", "models"}, set()),
    "gateway.outbox": ({"gateway.outbox", "gateway.store", "models"}, set()),
    "gateway.uplink": ({"gateway.uplink", "gateway.outbox", "gateway.clock", "gateway.links", "models"}, {"paho"}),
    "gateway.replay": ({"gateway", "models"}, {"pyarrow"}),
    "gateway.backtest": ({"gateway", "models"}, {"numpy", "sklearn", "pyarrow"}),
    "ingest": ({"ingest", "models"}, {"msgspec", "sqlalchemy", "alembic", "uvicorn", "fastapi"}),
    "ingest.domain": ({"ingest.domain", "models"}, set()),
    "ingest.store": ({"ingest.store", "ingest.domain", "models"}, {"sqlalchemy", "alembic"}),
    "ingest.history": (
        {"ingest.history", "ingest.store", "ingest.domain", "models"},
        {"sqlalchemy", "influxdb_client", "urllib3", "msgspec"},
    ),
    "ingest.notify": ({"ingest.notify", "models"}, {"cryptography", "httpx2", "msgspec"}),
    "ingest.forward": ({"ingest.forward", "ingest.notify", "models"}, {"msgspec"}),
    "ingest.actions": (
        {
            "ingest.actions",
            "ingest.domain",
            "ingest.store",
            "ingest.history.lines",
            "ingest.history.spool",
            "ingest.forward.contract",
            "ingest.notify.contract",
            "ingest.notify.texts",
            "ingest.placefile",
            "models",
        },
        {"sqlalchemy", "itsdangerous", "pwdlib", "holidays"},
    ),
    "ingest.sheets": (
        {"ingest.sheets", "ingest.actions", "ingest.store", "ingest.domain", "ingest.placefile", "models"},
        {"sqlalchemy", "msgspec", "xlsxwriter", "python_calamine"},
    ),
    "ingest.intake": (
        {
            "ingest.intake",
            "ingest.actions",
            "ingest.store",
            "ingest.domain",
            "ingest.settings",
            "ingest.fault_words",
            "ingest.notify",
            "models",
        },
        {"paho", "fastapi", "starlette"},
    ),
    "ingest.web": (
        {
            "ingest.web",
            "ingest.actions",
            "ingest.store",
            "ingest.domain",
            "ingest.settings",
            "ingest.sheets",
            "ingest.placefile",
            "models",
        },
        {
            "msgspec",
            "fastapi",
            "jinja2",
            "markupsafe",
            "pydantic",
            "segno",
            "sqlalchemy",
            "sse_starlette",
            "starlette",
            "itsdangerous",
            "babel",
        },
    ),
    "simulators": ({"simulators", "models", "gateway.protocols"}, {"serial", "paho", "iotcore"}),
    "simulators.vendors": ({"simulators.vendors", "models"}, set()),
    "simulators.people": ({"simulators.people", "models"}, set()),
}

# imports inside functions: heavy libraries that a daemon must not load until somebody asks for them
LAZY = {
    "gateway/backtest/arguments.py",
    "gateway/backtest/peers/forest.py",
    "gateway/backtest/recorded.py",
    "gateway/replay/command.py",
    "ingest/__main__.py",
    "ingest/actions/load_holidays.py",
    "ingest/app.py",
    "ingest/notify/registry.py",
}


def _within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def trespasses(house: Mapping[str, Module]) -> list[str]:
    """Return every import that the table does not allow."""
    found: list[str] = []
    for module in house.values():
        room = max((room for room in MAY_IMPORT if _within(module.name, room)), key=len)
        ours, outside = MAY_IMPORT[room]
        for name, line in imported_names(module):
            top = name.split(".")[0]
            if top in PACKAGES:
                # `import gateway` itself is how a file finds the folder that everything lies in
                allowed = name.endswith(".__file__") or any(_within(name, other) for other in (*ours, room))
            else:
                allowed = top in sys.stdlib_module_names or top in outside
            if not allowed and name not in PACKAGES:
                found.append(f"{module.path}:{line} imports {name}, which {room} may not")
    return found


def test_no_ring_of_imports(house: dict[str, Module]) -> None:
    assert rings(import_graph(house)) == []


def test_no_ring_of_rooms(house: dict[str, Module]) -> None:
    graph: dict[str, set[str]] = {}
    for name, targets in import_graph(house).items():
        room = ".".join(name.split(".")[:2])
        others = {".".join(target.split(".")[:2]) for target in targets}
        graph[room] = graph.get(room, set()) | (others - {room})
    assert rings(graph) == []


def test_everybody_imports_only_whom_the_table_allows(house: dict[str, Module]) -> None:
    assert trespasses(house) == []


def test_gateway_and_ingest_do_not_know_each_other(house: dict[str, Module]) -> None:
    crossings = [
        (module.path, name)
        for module in house.values()
        for name, _ in imported_names(module)
        if {module.name.split(".")[0], name.split(".")[0]} == {"gateway", "ingest"}
    ]
    assert crossings == []


def test_imports_stand_at_the_top_of_their_file(house: dict[str, Module]) -> None:
    assert {module.path for module in house.values() if hidden_imports(module)} == LAZY


@pytest.mark.parametrize(
    ("program", "forbidden"),
    [
        ("gateway.__main__", {"sklearn", "scipy", "pyarrow", "sqlalchemy", "fastapi", "influxdb_client", "pydantic"}),
        ("ingest.__main__", {"sklearn", "scipy", "pyarrow", "serial", "gateway", "fastapi", "uvicorn", "alembic"}),
    ],
)
def test_a_program_loads_nothing_that_it_has_no_use_for(program: str, forbidden: set[str]) -> None:
    code = f"import sys, {program}; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(loaded.stdout.split()) & forbidden == set()


def _planted(**sources: str) -> dict[str, Module]:
    names = {name.replace("__", "."): source for name, source in sources.items()}
    return {name: module_of(name, name.replace(".", "/") + ".py", source) for name, source in names.items()}


def test_a_planted_ring_is_found() -> None:
    house = _planted(models__a="from models.b import x", models__b="import models.c", models__c="from . import a")
    assert rings(import_graph(house)) == [["models.a", "models.b", "models.c"]]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("models__flag", "import msgspec"),
        ("models__flag", "from models.wire import x\nfrom gateway.clock import now"),
        ("ingest__domain__ticket", "def f():\n    from ingest.store import tables"),
        ("ingest__web__board", "from gateway.drivers import x"),
        ("gateway__protocols__dlt645", "from models.reading import Reading"),
        ("simulators__vendors__server", "import httpx2"),
    ],
)
def test_a_planted_trespass_is_found(name: str, source: str) -> None:
    assert len(trespasses(_planted(**{name: source}))) == 1


def test_a_planted_hidden_import_is_found() -> None:
    assert hidden_imports(_planted(models__x="def f():\n    import json\n")["models.x"]) == [2]
