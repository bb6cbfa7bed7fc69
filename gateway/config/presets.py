"""Presets: the thresholds that `[detection] preset` names, from `config/presets` or from a file of one's own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec

import gateway
from models.kit.config_declared import about
from models.kit.config_reader import ConfigError, Problem, not_known, read_document
from models.params import BOUNDS, Params


def shipped_folder() -> Path:
    """Return the folder of the presets that come with the house."""
    return Path(gateway.__file__).resolve().parent.parent / "config" / "presets"


def located(named: str, folder: Path) -> str:
    """Return a preset's name as it is, the path of a file of one's own (ends in .toml) from `folder` on."""
    return str(folder / named) if named.endswith(".toml") else named


def read_preset(named: str | None) -> Params:
    """Return the thresholds of a preset: a shipped one by its name, or a file that `located` has found.

    None is the thresholds as shipped. Raises `ConfigError`.
    """
    if named is None:
        return Params()
    own = named.endswith(".toml")
    path = Path(named) if own else shipped_folder() / f"{named}.toml"
    names = sorted(one.stem for one in shipped_folder().glob("*.toml"))
    if not own and named not in names:
        told = f"{not_known(named, names)}; or give the path of a .toml file"
        raise ConfigError([Problem("preset", 0, "", told)])
    data, reader = read_document(path, "correct the path")
    reader.check(data, PresetFile, ())
    reader.raise_problems()
    params = reader.read(data, Params)
    assert params is not None  # the bounds are within the types
    return params


def _bounded(section: str, kind: type[Any]) -> type[Any]:
    keys: list[tuple[str, Any, Any]] = []
    for one in dataclasses.fields(kind):
        low, high = BOUNDS[f"{section}.{one.name}"]
        keys.append((one.name, Annotated[float, about("", ge=low, le=high)], one.default))
    return msgspec.defstruct(section, keys, forbid_unknown_fields=True)


def _sections() -> dict[str, type[Any]]:
    return {section: _bounded(section, kind) for section, kind in get_type_hints(Params).items()}


PresetFile: Any = msgspec.defstruct(
    "PresetFile",
    [(section, kind, msgspec.field(default_factory=kind)) for section, kind in _sections().items()],
    forbid_unknown_fields=True,
)
"""What a preset may hold: the sections of `Params` with the bounds that `models.params` gives them."""
