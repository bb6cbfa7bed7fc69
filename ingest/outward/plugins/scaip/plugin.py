"""SCAIP as a plug-in: what the entry point `scaip` of the group `linshe.forwarders` names."""

from __future__ import annotations

from pathlib import Path

from ingest.channels.plugins import Plugin, WallSeconds
from ingest.outward.forwarders.settings import line_to
from ingest.outward.plugins.scaip.alarm_centre import AlarmCentre
from ingest.outward.plugins.scaip.settings import ScaipSettings, check_scaip


def _build(name: str, settings: ScaipSettings, base_dir: Path, _: WallSeconds) -> AlarmCentre:
    return AlarmCentre(settings, line_to(name, settings, settings.transport, base_dir))


PLUGIN = Plugin(ScaipSettings, _build, check_scaip)
