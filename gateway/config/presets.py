"""Presets: the thresholds that `[detection] preset` names, from `config/presets` or from a file of one's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import gateway
from models.params import Params, ParamsError, params_from


class PresetError(ValueError):
    """A preset that can't be used; the message names the file, what is wrong, and what to do."""


def shipped_folder() -> Path:
    """Return the folder of the presets that come with the house."""
    return Path(gateway.__file__).resolve().parent.parent / "config" / "presets"


def located(named: str, folder: Path) -> str:
    """Return a preset's name as it is, the path of a file of one's own (ends in .toml) from `folder` on."""
    return str(folder / named) if named.endswith(".toml") else named


def read_preset(named: str | None) -> Params:
    """Return the thresholds of a preset: a shipped one by its name, or a file that `located` has found.

    None is the thresholds as shipped. Raises `PresetError`.
    """
    if named is None:
        return Params()
    own = named.endswith(".toml")
    path = Path(named) if own else shipped_folder() / f"{named}.toml"
    names = sorted(one.stem for one in shipped_folder().glob("*.toml"))
    if not own and named not in names:
        raise PresetError(f"{named!r} is not a preset; there are {', '.join(names)}; or give the path of a .toml file")
    try:
        return params_from(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PresetError(f"{path} can't be read: {error.strerror}; correct the path") from error
    except UnicodeDecodeError as error:
        raise PresetError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"{path} is not TOML: {error}") from error
    except ParamsError as error:
        raise PresetError(f"{path}: {error}") from error
