"""Rooms: how full a folder may be, no ring among rooms, no arrow upward, wings that do not know each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import quantiles

from .source import Module, import_graph, imported_names, module_of, rings
from .test_imports import WINGS

FULLEST = 20
NINTH_DECILE = 12
LAYERS = ("domain", "store", "actions", "web")
OPEN_ROOTS = {"gateway", "ingest", "simulators", "models", "models.household"}
"""Folders whose loose modules count each for itself: what a package is put together of, and what all of it needs."""


def room_of(name: str) -> str:
    """Return the room a module stands in."""
    folder = name.rpartition(".")[0]
    return name if folder in OPEN_ROOTS else folder


def _counted(house: Mapping[str, Module]) -> Iterator[Module]:
    return (one for one in house.values() if not one.is_package and ".migrations" not in one.name)


def room_graph(house: Mapping[str, Module]) -> dict[str, set[str]]:
    """Return which rooms each room imports."""
    graph: dict[str, set[str]] = {}
    names = {one.name for one in _counted(house)}
    for name, targets in import_graph(house).items():
        if name in names:
            others = {room_of(target) for target in targets if target in names}
            graph.setdefault(room_of(name), set()).update(others - {room_of(name)})
    return graph


def _wing(name: str) -> str:
    part = name.split(".")[1] if name.startswith("ingest.") else ""
    return part if part in WINGS else ""


def _is_heart(name: str) -> bool:
    return name.startswith("ingest.") and name.split(".")[1] in (*LAYERS, "channels")


def _layer(name: str) -> int | None:
    parts = name.split(".")[1:3] if name.startswith("ingest.") else []
    return next((LAYERS.index(part) for part in parts if part in LAYERS), None)


def crossings(house: Mapping[str, Module]) -> set[tuple[str, str]]:
    """Return the imports by which a heart knows a wing, a wing another wing, or a layer one above it."""
    found = set()
    for name, targets in import_graph(house).items():
        for target in targets:
            to_wing = _wing(target)
            knows_wing = bool(to_wing) and _wing(name) != to_wing and (_is_heart(name) or bool(_wing(name)))
            layers = (_layer(name), _layer(target))
            climbs = layers[0] is not None and layers[1] is not None and layers[1] > layers[0]
            if (knows_wing or climbs) and ".migrations" not in name:
                found.add((name, target))
    return found


def sql_outside_store(house: Mapping[str, Module]) -> set[str]:
    """Return the modules that import SQLAlchemy and stand in no store room."""
    return {
        module.name
        for module in house.values()
        for name, _ in imported_names(module)
        if name.split(".")[0] == "sqlalchemy" and "store" not in module.name.split(".")
    }


def test_no_folder_is_too_full(house: dict[str, Module]) -> None:
    counts = Counter(one.name.rpartition(".")[0] for one in _counted(house))
    assert {folder: count for folder, count in counts.items() if count > FULLEST} == {}
    assert quantiles(counts.values(), n=10)[8] <= NINTH_DECILE


def test_no_ring_among_rooms(house: dict[str, Module]) -> None:
    assert rings(room_graph(house)) == []


def test_no_arrow_upward_and_no_wing_known_to_heart_or_wing(house: dict[str, Module]) -> None:
    assert crossings(house) == set()


def test_sql_stands_in_store_rooms_only(house: dict[str, Module]) -> None:
    assert sql_outside_store(house) == set()


def _planted(**sources: str) -> dict[str, Module]:
    names = {name.replace("__", "."): source for name, source in sources.items()}
    return {name: module_of(name, name.replace(".", "/") + ".py", source) for name, source in names.items()}


def test_planted_crossings_are_found() -> None:
    house = _planted(
        ingest__domain__tickets__a="import ingest.fleet.domain.b",
        ingest__fleet__domain__b="import ingest.visits.domain.c",
        ingest__visits__domain__c="import ingest.store.base.d",
        ingest__store__base__d="",
    )
    assert {name for name, _ in crossings(house)} == set(house) - {"ingest.store.base.d"}


def test_a_planted_ring_of_rooms_is_found() -> None:
    house = _planted(
        gateway__bus__a="import gateway.state.b", gateway__state__b="", gateway__state__c="import gateway.bus.a"
    )
    assert rings(room_graph(house)) == [["gateway.bus", "gateway.state"]]


def test_planted_sql_is_found() -> None:
    house = _planted(ingest__actions__a="from sqlalchemy import select", ingest__store__b="import sqlalchemy")
    assert sql_outside_store(house) == {"ingest.actions.a"}
