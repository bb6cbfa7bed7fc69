"""Homes: builds from `gateway.toml` how each home is watched, and what homes have in common. Opens presets only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from gateway.assembly.lines import PolledLine, round_s
from gateway.config.presets import read_preset
from gateway.config.settings import Settings
from gateway.drivers.document import Document
from gateway.drivers.registry import is_polled
from gateway.watch.homes import HomeRoster
from models.household.common_cause.common_cause import CauseScope, ScopeKind
from models.household.settings import DeviceWatch, HomeSettings


def roster(settings: Settings, documents: Mapping[str, Document], polled: Iterable[PolledLine] = ()) -> HomeRoster:
    """Return how each home is to be watched, and which device is whose.

    A device on a line that can't keep its `poll_s` is expected as often as the line can, or it would count as silent.
    """
    zone, params = ZoneInfo(settings.gateway.timezone), read_preset(settings.detection.preset)
    rate = 1.0 if settings.clock is None else settings.clock.rate
    rounds = {line.settings.name: round_s(line) * rate for line in polled}
    polls = {line.name: line.poll_s for line in settings.lines}
    watches: dict[str, list[DeviceWatch]] = {home.id: [] for home in settings.homes}
    for device in settings.devices:
        paper = documents[device.document]
        wanted = max(device.poll_s or polls[device.line], rounds.get(device.line, 0.0))
        poll_s = wanted if is_polled(paper) else None
        quantities = frozenset(register.quantity for register in paper.registers)
        watches[device.home].append(DeviceWatch(device.id, quantities, poll_s))
    homes = {
        home: HomeSettings(
            zone=zone,
            devices=tuple(devices),
            budget=settings.detection.budget,
            ledger=settings.detection.ledger,
            params=params,
        )
        for home, devices in watches.items()
    }
    return HomeRoster(homes, {device.id: device.home for device in settings.devices})


def places(settings: Settings) -> list[CauseScope]:
    """Return what the homes have in common: lines with their devices, buildings, and the whole gateway."""
    gateway = settings.gateway.id
    found: list[CauseScope] = []
    for line in settings.lines:
        own = [device for device in settings.devices if device.line == line.name]
        devices, homes = frozenset(one.id for one in own), frozenset(one.home for one in own)
        found.append(CauseScope(f"{gateway}/line/{line.name[:100]}", line.name, ScopeKind.LINE, homes, devices))
    for building in sorted({home.building for home in settings.homes if home.building is not None}):
        homes = frozenset(home.id for home in settings.homes if home.building == building)
        found.append(CauseScope(f"{gateway}/building/{building}", building, ScopeKind.BUILDING, homes))
    every = frozenset(home.id for home in settings.homes)
    return [*found, CauseScope(gateway, gateway, ScopeKind.GATEWAY, every)]
