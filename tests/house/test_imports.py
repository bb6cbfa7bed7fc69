"""Who may know whom: no rings, the table of who imports whom, no imports hidden in functions, a light gateway."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from .source import PACKAGES, ROOT, Module, hidden_imports, import_graph, imported_names, module_of, rings

WINGS = ("visits", "families", "places", "fleet", "figures", "outward")
HEART = ("ingest.domain", "ingest.store", "ingest.actions", "ingest.channels")
WEB_LIBRARIES = {
    "msgspec", "fastapi", "jinja2", "markupsafe", "pydantic", "segno", "sqlalchemy", "sse_starlette", "starlette",
    "itsdangerous",
}  # fmt: skip
WORDS = {f"models.{word}" for word in ("quantity", "reading", "usage", "flag", "params", "pace")}
"""What both sides call things."""

# room → (rooms of ours it may import, packages from outside); the longest name that fits a module counts
MAY_IMPORT: Mapping[str, tuple[set[str], set[str]]] = {
    "models": (WORDS, set()),
    "models.household": ({*WORDS, "models.household", "models.wire"}, set()),
    **{
        f"models.household.{subject}": ({*WORDS, "models.household.core", *beside}, set())
        for subject, beside in {
            "core": (),
            "common_cause": (),
            "drift": (),
            "health": (),
            "load": (),
            "smoke": (),
            "spells": (),
            "signs": ("models.household.load",),
            "silence": ("models.household.settings", "models.household.spells"),
            "water": ("models.household.drift",),
        }.items()
    },
    "models.kit": (set(), {"msgspec", "paho"}),
    "models.texts": ({"models.flag"}, set()),
    "models.wire": ({"models.flag", "models.texts"}, {"msgspec"}),
    "models.fit": ({"models.household.spells"}, {"numpy", "sklearn"}),
    "gateway": ({"gateway", "models"}, set()),
    "gateway.clock": ({"models.pace"}, set()),
    "gateway.protocols": (set(), set()),
    "gateway.drivers": ({"gateway.protocols", *WORDS, "models.kit"}, {"msgspec"}),
    "gateway.links": ({"models.kit"}, {"serial", "paho"}),
    "gateway.bus": ({"gateway.clock", "gateway.links", "gateway.drivers", "gateway.protocols", *WORDS}, set()),
    "gateway.watch": ({*WORDS, "models.household", "models.wire"}, set()),
    "gateway.config": ({"gateway.drivers", "gateway.protocols", *WORDS, "models.kit"}, {"msgspec"}),
    "gateway.state": ({"gateway.clock", "gateway.protocols", *WORDS, "models.wire"}, set()),
    "gateway.outbox": ({"gateway.clock", "gateway.state", *WORDS, "models.wire"}, set()),
    "gateway.uplink": ({"gateway.clock", "gateway.links", "gateway.outbox", "models.wire"}, set()),
    "gateway.health": (
        {"gateway.clock", "gateway.outbox", "gateway.protocols", "gateway.state", "models.wire"},
        {"msgspec"},
    ),
    "gateway.local_alarm": (
        {
            *("gateway.clock", "gateway.config", "gateway.links", "gateway.outbox", "gateway.protocols"),
            *(*WORDS, "models.household.core", "models.kit", "models.texts", "models.wire"),
        },
        {"msgspec"},
    ),
    "gateway.test_alarm": (
        {"gateway.clock", "gateway.drivers", "gateway.outbox", *WORDS, "models.household", "models.wire"},
        set(),
    ),
    "gateway.assembly": ({"gateway", "models"}, set()),
    "gateway.commission": (
        {
            *("gateway.assembly", "gateway.bus", "gateway.clock", "gateway.config", "gateway.drivers", "gateway.links"),
            *(
                "gateway.local_alarm",
                "gateway.outbox",
                "gateway.protocols",
                "gateway.state",
                "gateway.watch",
                *WORDS,
                "models.kit",
            ),
        },
        set(),
    ),
    "gateway.replay": (
        {
            "gateway.assembly",
            "gateway.config",
            "gateway.watch",
            *WORDS,
            "models.household",
            "models.kit",
            "models.texts",
            "models.wire",
        },
        {"pyarrow"},
    ),
    "ingest": ({"ingest", "models"}, {"msgspec", "sqlalchemy", "uvicorn", "fastapi"}),
    "ingest.domain": ({"ingest.domain", "models"}, set()),
    "ingest.store": ({"ingest.store", "ingest.domain", "models"}, {"sqlalchemy", "alembic"}),
    "ingest.actions": (
        {"ingest.actions", "ingest.domain", "ingest.store", "ingest.channels", "models"},
        {"sqlalchemy", "itsdangerous", "pwdlib", "holidays"},
    ),
    "ingest.web": (
        {"ingest.web", "ingest.actions", "ingest.store", "ingest.domain", "ingest.settings", "models"},
        WEB_LIBRARIES,
    ),
    "ingest.channels": ({"ingest.channels", "models"}, {"cryptography", "httpx2", "msgspec"}),
    "ingest.intake": ({"ingest", "models"}, {"paho", "fastapi", "starlette"}),
    **{f"ingest.{wing}": ({f"ingest.{wing}", *HEART, "models"}, {"sqlalchemy", "msgspec"}) for wing in WINGS},
    **{f"ingest.{wing}.domain": ({f"ingest.{wing}.domain", "ingest.domain", "models"}, set()) for wing in WINGS},
    **{
        f"ingest.{wing}.store": (
            {f"ingest.{wing}.store", f"ingest.{wing}.domain", "ingest.store", "ingest.domain", "models"},
            {"sqlalchemy"},
        )
        for wing in WINGS
    },
    **{f"ingest.{wing}.web": ({f"ingest.{wing}", *HEART, "ingest.web", "models"}, WEB_LIBRARIES) for wing in WINGS},
    "ingest.places.domain": (
        {"ingest.places.domain", "ingest.domain", "ingest.channels.addresses", "models"},
        {"msgspec"},
    ),
    "ingest.places.sheets": (
        {"ingest.places", *HEART, "models"},
        {"sqlalchemy", "msgspec", "xlsxwriter", "python_calamine"},
    ),
    "ingest.outward.forwarders": ({"ingest.outward.forwarders", "ingest.channels", "models"}, {"msgspec"}),
    "ingest.outward.plugins": (
        {"ingest.outward.plugins", "ingest.outward.forwarders", "ingest.channels", "models"},
        {"msgspec"},
    ),
    "ingest.outward.history": (
        {"ingest.outward.history", "ingest.outward.store", "ingest.store", "ingest.domain", "models"},
        {"influxdb_client", "urllib3", "msgspec"},
    ),
    "simulators": ({"simulators", "models"}, {"msgspec", "paho", "iotcore"}),
    "simulators.clock": ({"simulators.people", "models.pace"}, set()),
    "simulators.people": (set(), set()),
    "simulators.district": (set(), set()),
    "simulators.vendors": (set(), set()),
    "simulators.lines": (set(), set()),
    "simulators.modem": ({"simulators.lines", "gateway.protocols"}, set()),
    "simulators.meters": (
        {"simulators.clock", "simulators.lines", "simulators.people", "gateway.protocols"},
        {"paho"},
    ),
    "simulators.month": (WORDS | {"models.wire"}, set()),
    "simulators.backtest": ({"simulators.backtest", *WORDS, "models.household", "models.wire"}, {"numpy"}),
    "simulators.backtest.peers": ({"simulators.backtest.records"}, {"numpy", "sklearn"}),
    "simulators.backtest.records": (WORDS, {"numpy", "pyarrow"}),
    "simulators.faults.kinds": ({"simulators.faults.scene", "simulators.demo", *WORDS, "models.wire"}, {"paho"}),
    "simulators.faults.scene": (
        {"simulators.demo", "simulators.lines", "simulators.meters", "models.wire"},
        {"paho"},
    ),
}

# imports inside functions: heavy libraries that a daemon must not load until somebody asks for them
LAZY = {
    "simulators/backtest/arguments.py",
    "simulators/backtest/peers/forest.py",
    "simulators/backtest/records/recorded.py",
    "gateway/replay/command.py",
    "ingest/__main__.py",
    "ingest/actions/duty/load_holidays.py",
    "ingest/app.py",
    "ingest/channels/registry.py",
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


def test_everybody_imports_only_whom_the_table_allows(house: dict[str, Module]) -> None:
    assert trespasses(house) == []


def test_the_heart_and_the_pages_leave_the_kit_alone(house: dict[str, Module]) -> None:
    rooms = ("ingest.domain", "ingest.store", "ingest.actions", "ingest.web", "gateway.bus", "gateway.watch", "models")
    users = [
        module.path
        for module in house.values()
        if any(_within(name, "models.kit") for name, _ in imported_names(module))
        and any(_within(module.name, room) for room in rooms)
        and not _within(module.name, "models.kit")
    ]
    assert users == []


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
