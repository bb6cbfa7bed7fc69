"""The one list of forwarders: which kind of [forward] table becomes which way to another centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingest.channels.http_post import HttpPost
from ingest.channels.settings import fault
from ingest.channels.webhook import read_signing_secrets
from ingest.outward.forwarders.alarm_centre import AlarmCentre
from ingest.outward.forwarders.contract import Forwarder
from ingest.outward.forwarders.fire_centre import FireCentre
from ingest.outward.forwarders.settings import (
    TABLE,
    FireSettings,
    ForwarderSettings,
    ScaipSettings,
    WebhookSettings,
    Wish,
    check_table,
    line_to,
    read_forwarder,
)
from ingest.outward.forwarders.webhook import WebhookForwarder
from models.kit.config_reader import ConfigError, Problem

WallSeconds = Callable[[], float]


def _webhook(name: str, settings: WebhookSettings, base_dir: Path, wall: WallSeconds) -> Forwarder:
    secrets = read_signing_secrets(name, settings, base_dir, table=TABLE)
    if not secrets:
        raise fault("forward", name, "needs secret_file (or secret_env): events are always signed")
    return WebhookForwarder(HttpPost(name, settings, base_dir, table=TABLE), secrets, wall)


def _scaip(name: str, settings: ScaipSettings, base_dir: Path, _: WallSeconds) -> Forwarder:
    return AlarmCentre(settings, line_to(name, settings, base_dir))


def _fire(name: str, settings: FireSettings, base_dir: Path, wall: WallSeconds) -> Forwarder:
    return FireCentre(settings, line_to(name, settings, base_dir), wall)


BUILDERS: Mapping[type[ForwarderSettings], Callable[[str, Any, Path, WallSeconds], Forwarder]] = {
    WebhookSettings: _webhook,
    ScaipSettings: _scaip,
    FireSettings: _fire,
}


def build_forwarders(table: Any, base_dir: Path, wall_seconds: WallSeconds) -> dict[str, Forwarder]:
    """Return the forwarders of the [forward] table, by the name each has there.

    Files named in it are relative to `base_dir`. Raises `ConfigError` that names the forwarder and the key.
    """
    ways: dict[str, Forwarder] = {}
    problems: list[Problem] = []
    for name, entry in check_table(table).items():
        try:
            settings = read_forwarder(name, entry)
            ways[name] = BUILDERS[type(settings)](name, settings, base_dir, wall_seconds)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return ways


def wishes(table: Any) -> dict[str, tuple[str, Wish]]:
    """Return the kind of each forwarder and what it wants, by name; raises as `build_forwarders`."""
    found: dict[str, tuple[str, Wish]] = {}
    for name, entry in check_table(table).items():
        found[name] = (str(entry["kind"]), read_forwarder(name, entry).wants)
    return found
