"""Envelope: who sent a message, in which order, and of what kind. The body's meaning is `messages`' business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

SCHEMA = 1
"""The version of the envelope's own layout. Bodies grow by added fields and need no version of their own."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message between a gateway and ingest.

    `message_id` is unique for ever and never changes when the message is sent again; `boot_id` and `seq` order the
    messages of one run of the gateway, whatever its clock says. `body` is plain JSON data: it is kept as it came, so
    that a kind or field newer than this code is stored and passed on, not lost.
    """

    message_id: str
    gateway_id: str
    boot_id: str
    seq: int
    sent_at: datetime
    kind: str
    body: dict[str, Any]
    schema: int = SCHEMA


UPLINK_TOPIC = "linshe/v1/gw/{gateway_id}/up"
DOWNLINK_TOPIC = "linshe/v1/gw/{gateway_id}/down"
UPLINK_FILTER = "linshe/v1/gw/+/up"


def uplink_topic(gateway_id: str) -> str:
    """Return the topic on which only this gateway publishes."""
    return UPLINK_TOPIC.format(gateway_id=gateway_id)


def downlink_topic(gateway_id: str) -> str:
    """Return the topic on which ingest speaks to this gateway."""
    return DOWNLINK_TOPIC.format(gateway_id=gateway_id)


def gateway_of_topic(topic: str) -> str | None:
    """Return the gateway an uplink topic belongs to, or None for any other topic."""
    parts = topic.split("/")
    well_formed = len(parts) == 5 and parts[:3] == ["linshe", "v1", "gw"] and parts[4] == "up" and bool(parts[3])
    return parts[3] if well_formed else None
