"""Beat size: a heartbeat that ingest can take, however many devices and homes a gateway has. Pure.

One that is too long would never be receipted, and the gateway would be called silent while it works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec

from models.wire.codec import MAX_BYTES
from models.wire.messages import Heartbeat

_FOR_DEVICES, _FOR_HOMES, _FOR_TROUBLES = MAX_BYTES // 2, MAX_BYTES // 4, MAX_BYTES // 16

_T = TypeVar("_T")


def fitted(beat: Heartbeat) -> Heartbeat:
    """Return the heartbeat; where it is too long, without those that are well, and it says how many are told."""
    devices = _within(beat.devices, _FOR_DEVICES, lambda device: device.last_error is None)
    homes = _within(beat.homes, _FOR_HOMES, lambda home: not home.blind)
    troubles = _within(beat.troubles, _FOR_TROUBLES, lambda _: False)
    if (len(devices), len(homes), len(troubles)) == (len(beat.devices), len(beat.homes), len(beat.troubles)):
        return beat
    told = (
        f"heartbeat: too long for all; it tells {len(devices)} of {len(beat.devices)} devices,"
        f" {len(homes)} of {len(beat.homes)} homes, {len(troubles)} of {len(beat.troubles)} troubles"
    )
    return replace(beat, devices=devices, homes=homes, troubles=[told, *troubles])


def _within(items: Sequence[_T], most_bytes: int, is_well: Callable[[_T], bool]) -> list[_T]:
    """Return as many of `items` as fit, those that are not well first."""
    sizes = [len(msgspec.json.encode(item)) + 1 for item in items]
    if sum(sizes) <= most_bytes:
        return list(items)
    kept: list[_T] = []
    left = most_bytes
    for number in sorted(range(len(items)), key=lambda number: is_well(items[number])):
        left -= sizes[number]
        if left < 0:
            break
        kept.append(items[number])
    return kept
