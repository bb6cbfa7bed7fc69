"""The settings reference: `make reference` writes docs/reference and config/schema from the code's declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.config.presets import PresetFile
from gateway.config.settings import Settings as GatewayFile
from gateway.drivers.document import DocumentFile
from gateway.drivers.registry import ROWS
from ingest.channels.settings import OURS as CHANNELS
from ingest.outward.forwarders.settings import OURS as FORWARDERS
from ingest.outward.plugins.scaip.settings import ScaipSettings
from ingest.places.domain.placefile import PlaceFile
from ingest.settings import IngestFile
from models.kit.config_declared import tag_of
from models.kit.config_schema import page, part, schema
from simulators.street.scenario_tables import ScenarioFile

from .source import ROOT

FILES: Mapping[str, tuple[Any, str, str]] = {
    "gateway": (GatewayFile, "gateway.toml", "Settings of the gateway. An example: `config/gateway.toml`."),
    "ingest": (IngestFile, "ingest.toml", "Settings of ingest. Examples: `config/ingest.toml`, `config/notify/`."),
    "places": (
        PlaceFile,
        "Place files",
        "Areas, homes, people, plans and rosters, for `linshe-ingest load FILE`. An example: `config/plans/`.",
    ),
    "device": (DocumentFile, "Device documents", "What a meter model has to say. Examples: `config/devices/`."),
    "preset": (PresetFile, "Presets", "Thresholds of detectors. Examples: `config/presets/`."),
    "scenario": (ScenarioFile, "Scenarios", "What simulators play. Examples: `config/scenarios/`."),
}
"""Kind of file → its top table, the title of its page and the page's opening."""
KINDS: Mapping[str, tuple[type[Any], ...]] = {"notify": CHANNELS, "forward": (*FORWARDERS, ScaipSettings)}
"""Tables of ingest.toml whose entries are of several kinds, some of which come with plug-ins."""


def reference() -> Iterator[tuple[Path, str]]:
    """Yield every generated file, below the house, and its content."""
    for name, (kind, title, opening) in FILES.items():
        made, tables = schema(kind, title), {}
        if name == "device":
            made["allOf"], tables = list(_by_protocol()), _shapes()
        if name == "ingest":
            tables = {
                f"`[{table}.NAME]` of kind {tag_of(one)[1]}": one for table, kinds in KINDS.items() for one in kinds
            }
            for table, kinds in KINDS.items():
                made["properties"][table]["additionalProperties"] = {"oneOf": [part(one) for one in kinds]}
        yield Path(f"docs/reference/{name}.md"), page(kind, title, opening, tables)
        yield Path(f"config/schema/{name}.json"), json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _shapes() -> dict[str, Any]:
    """Return the register and option tables by the protocols that have them."""
    found: dict[str, Any] = {}
    for what in ("register", "options"):
        for kind in dict.fromkeys(getattr(row.shape, what) for row in ROWS):
            protocols = [row.protocol for row in ROWS if getattr(row.shape, what) is kind]
            where = "[[registers]]" if what == "register" else "[options]"
            found[f"`{where}` of {', '.join(protocols)}"] = kind
    return found


def _by_protocol() -> Iterator[dict[str, Any]]:
    for row in ROWS:
        registers, options = part(row.shape.register), part(row.shape.options)
        yield {
            "if": {"properties": {"protocol": {"const": row.protocol}}},
            "then": {"properties": {"registers": {"items": registers}, "options": options}},
        }


if __name__ == "__main__":
    for path, text in reference():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)
