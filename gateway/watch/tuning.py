"""Tuning: what ingest has learned of homes and district, put over what the gateway's own file says. No I/O.

Learned things never leave the bounds of `models.params`, and they move the line of silences only: smoke has no line.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from models.household.settings import HomeSettings
from models.household.spells.district import SPELLS
from models.household.spells.prior import PriorError, Table, checked
from models.params import BOUNDS
from models.wire.codec import WireError, read_back
from models.wire.messages import SettingsChanged

log = logging.getLogger(__name__)

FACT = "settings"
"""The fact under which the newest settings of ingest are kept."""


def tuned(own: Mapping[str, HomeSettings], changed: SettingsChanged) -> dict[str, HomeSettings]:
    """Return how each home is to be watched; raises `PriorError` for a prior that can't be used.

    A home of another gateway is passed over; without a word about it a home is watched by its own settings.
    """
    prior = SPELLS if changed.prior is None else checked(changed.prior.off, changed.prior.on)
    scales = {one.home: one.line_scale for one in changed.homes}
    return {home: _tuned(settings, scales.get(home, 1.0), prior) for home, settings in own.items()}


def _tuned(own: HomeSettings, scale: float, prior: Table) -> HomeSettings:
    low, high = BOUNDS["inactivity.line_scale"]
    inactivity = own.params.inactivity
    moved = replace(inactivity, line_scale=min(high, max(low, inactivity.line_scale * scale)))
    return replace(own, params=replace(own.params, inactivity=moved), prior=prior)


def recalled(fact: str | None, own: Mapping[str, HomeSettings]) -> tuple[str, dict[str, HomeSettings]]:
    """Return the revision that was written down and the settings that follow, "" and none if there is none."""
    if fact is None:
        return "", {}
    try:
        changed = read_back(fact, SettingsChanged)
        return changed.revision, tuned(own, changed)
    except (WireError, PriorError) as error:
        log.warning("what ingest had set can't be read (%s): it will be told again", error)
        return "", {}
