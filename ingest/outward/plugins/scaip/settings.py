"""Settings of a centre that takes SCAIP: [forward.NAME] with kind = "scaip"."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta

from ingest.channels.settings import Seconds
from ingest.outward.forwarders.settings import Peer, Wish, check_peer
from models.kit.config_declared import Port
from models.kit.config_places import Path
from models.kit.config_reader import Reader

_SIP_URI = re.compile(r"sips?:(?:[A-Za-z0-9_.!~*'()%&=+$,;?/-]{1,64}@)?[A-Za-z0-9.\-\[\]:]{1,200}")
_CONTROLLER = re.compile(r"[0-9]{1,16}")


class ScaipSettings(Peer, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="scaip"):
    """Alarms as SCAIP over SIP MESSAGE."""

    port: Port = 5061
    transport: Literal["udp", "tcp", "tls"] = "tls"
    target: str
    """The centre's SIP URI."""
    sender: str
    """Ours, as the centre knows it."""
    controller_id: str
    """Our number at the centre: 1 to 16 digits."""
    local_host: str = "0.0.0.0"  # noqa: S104  # a centre answers to wherever a message came from
    local_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    language: Literal["zh", "en"] = "en"
    answer: Literal["message", "accepted"] = "message"
    """What ends the exchange: the centre's own message with its status, or that it took ours."""
    answer_within_s: Seconds = 20.0
    t1_s: Annotated[float, Meta(gt=0, le=2)] = 0.5
    """SIP's guess of a round trip: an unanswered request is given up after 64 of them."""
    wants: Wish = Wish(events=("opened", "condition_cleared", "resolve", "merge"), severity_from="urgent")


def check_scaip(reader: Reader, settings: ScaipSettings, path: Path) -> None:
    """Note what the type of each key can't say."""
    for key in ("target", "sender"):
        if not _SIP_URI.fullmatch(getattr(settings, key)):
            reader.complain((*path, key), "must be a SIP URI such as sip:alarm@centre.example")
    if not _CONTROLLER.fullmatch(settings.controller_id):
        reader.complain((*path, "controller_id"), "must be 1 to 16 digits")
    check_peer(reader, settings, settings.transport, path)
