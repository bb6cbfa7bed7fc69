"""The one list of our own forwarders: which kind of [forward] table becomes which way to another centre.

Other kinds are plug-ins (`ingest.channels.plugins`), SCAIP among them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from ingest.channels.contract import Delivery, Unreachable
from ingest.channels.http_post import HttpPost
from ingest.channels.plugins import TAG, Plugins, WallSeconds, attempt
from ingest.channels.settings import fault
from ingest.channels.webhook import read_signing_secrets
from ingest.outward.forwarders.contract import Forward, Forwarder
from ingest.outward.forwarders.fire_centre import FireCentre
from ingest.outward.forwarders.settings import (
    TABLE,
    FireSettings,
    WantedEvents,
    WebhookSettings,
    check_table,
    forwarder_plugins,
    line_to,
    read_forwarder,
)
from ingest.outward.forwarders.webhook import WebhookForwarder
from models.kit.config_reader import ConfigError, Problem, Reader

log = logging.getLogger(__name__)


def _webhook(name: str, settings: WebhookSettings, base_dir: Path, wall: WallSeconds) -> Forwarder:
    secrets = read_signing_secrets(name, settings, base_dir, table=TABLE)
    if not secrets:
        raise fault("forward", name, "needs secret_file (or secret_env): events are always signed")
    return WebhookForwarder(HttpPost(name, settings, base_dir, table=TABLE), secrets, wall)


def _fire(name: str, settings: FireSettings, base_dir: Path, wall: WallSeconds) -> Forwarder:
    return FireCentre(settings, line_to(name, settings, settings.transport, base_dir), wall)


BUILDERS: Mapping[type[Struct], Callable[[str, Any, Path, WallSeconds], Forwarder]] = {
    WebhookSettings: _webhook,
    FireSettings: _fire,
}


class BrokenForwarder:
    """A centre whose plug-in is out of action. Its events wait, and after some minutes that is a ticket."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    async def send(self, forward: Forward) -> Delivery:
        """See `Forwarder`."""
        return Unreachable(self._fault)

    async def close(self) -> None:
        """See `Forwarder`."""


def build_forwarders(table: Any, base_dir: Path, wall_seconds: WallSeconds) -> dict[str, Forwarder]:
    """Return the forwarders of the [forward] table, by the name each has there.

    Files named in it are relative to `base_dir`. Raises `ConfigError` that names the forwarder and the key.
    """
    plugins = forwarder_plugins()
    ways: dict[str, Forwarder] = {}
    problems: list[Problem] = []
    for name, entry in check_table(table).items():
        try:
            ways[name] = _forwarder(name, entry, plugins, base_dir, wall_seconds)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return ways


def _forwarder(name: str, entry: Any, plugins: Plugins, base_dir: Path, wall: WallSeconds) -> Forwarder:
    fault = plugins.fault_of(entry)
    if fault is not None:
        return BrokenForwarder(fault)
    settings = read_forwarder(name, entry, plugins)
    plugin = plugins.of(settings)
    if plugin is None:
        return next(build for kind, build in BUILDERS.items() if isinstance(settings, kind))(
            name, settings, base_dir, wall
        )
    made: Forwarder | str = attempt(lambda: plugin.build(name, settings, base_dir, wall))
    if not isinstance(made, str):
        return made
    log.error("[forward] %s: the plug-in of kind %s is out of action: %s", name, entry[TAG], made)
    return BrokenForwarder(f"its plug-in is out of action: {made}")


def wishes(table: Any) -> dict[str, tuple[str, WantedEvents]]:
    """Return the kind of each forwarder and what it wants, by name; raises as `build_forwarders`.

    A centre whose plug-in is out of action goes on wanting what its table says: its events wait for it.
    """
    plugins = forwarder_plugins()
    found: dict[str, tuple[str, WantedEvents]] = {}
    for name, entry in check_table(table).items():
        if plugins.fault_of(entry) is None:
            wish = read_forwarder(name, entry, plugins).wants
        else:
            wish = Reader(f"[forward] {name}").good(entry.get("wants", {}), WantedEvents) or WantedEvents()
        found[name] = (str(entry[TAG]), wish)
    return found
