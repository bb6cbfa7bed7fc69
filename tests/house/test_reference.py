"""The settings reference and the editors' schemas say what the code says, and every key is explained."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config.presets import PresetFile
from models.kit.config_declared import Shape, is_table, keys_of

from .reference import FILES, KINDS, reference
from .source import ROOT

EXAMPLES = {
    "gateway": ["config/gateway.toml"],
    "ingest": ["config/ingest.toml", "config/forward/*.toml", "config/notify/*.toml"],
    "places": ["config/plans/*.toml"],
    "device": ["config/devices/*.toml"],
    "preset": ["config/presets/*.toml"],
    "scenario": ["config/scenarios/*.toml"],
}


@pytest.mark.parametrize(("path", "text"), list(reference()), ids=lambda one: str(one) if isinstance(one, Path) else "")
def test_the_reference_is_as_make_reference_writes_it(path: Path, text: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == text, "run `make reference`"


def _tables(shape: Shape) -> Iterator[type[Any]]:
    for one in (shape.rows, shape.values):
        if one is not None:
            yield from _tables(one)
    yield from shape.tables


def _unexplained(kind: type[Any]) -> Iterator[str]:
    assert is_table(kind)
    for name, key in keys_of(kind).items():
        if not key.help:
            yield f"{kind.__name__}.{name}"
        for table in _tables(key.shape):
            yield from _unexplained(table)


@pytest.mark.parametrize("name", FILES)
def test_every_key_is_explained(name: str) -> None:
    kinds = [FILES[name][0], *(one for kinds in KINDS.values() if name == "ingest" for one in kinds)]
    if PresetFile not in kinds:  # thresholds are explained in config/presets/standard.toml, each on its line
        assert sorted({key for kind in kinds for key in _unexplained(kind)}) == []


def _strangers(data: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    """Yield the keys of an example that the schema does not know, as an editor would mark them."""
    if isinstance(data, dict) and schema.get("type") == "object":
        known = schema.get("properties", {})
        for name, value in data.items():
            inner = known.get(name, schema["additionalProperties"])
            if inner is False:
                yield f"{where}.{name}"
            elif isinstance(inner, dict):
                yield from _strangers(value, inner, f"{where}.{name}")
    elif isinstance(data, dict) and "oneOf" in schema:
        ways = [list(_strangers(data, one, where)) for one in schema["oneOf"]]
        yield from min(ways, key=len)
    elif isinstance(data, list):
        for one in data:
            yield from _strangers(one, schema.get("items", {}), where)


@pytest.mark.parametrize("name", FILES)
def test_the_schema_knows_every_key_of_the_shipped_files(name: str) -> None:
    schema = json.loads((ROOT / f"config/schema/{name}.json").read_text(encoding="utf-8"))
    paths = [path for pattern in EXAMPLES[name] for path in sorted(ROOT.glob(pattern))]
    assert paths
    for path in paths:
        assert list(_strangers(tomllib.loads(path.read_text(encoding="utf-8")), schema, path.name)) == []
    assert list(_strangers({"nobody_knows": 1}, schema, "x")) == ["x.nobody_knows"]
