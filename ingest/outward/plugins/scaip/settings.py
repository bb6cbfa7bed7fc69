"""Settings of a centre that takes SCAIP: [forward.NAME] with kind = "scaip"."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta

from ingest.channels.settings import Seconds
from ingest.outward.forwarders.settings import Peer, WantedEvents, check_peer
from models.kit.config_declared import Port, about
from models.kit.config_places import Path
from models.kit.config_reader import Reader

_SIP_URI = re.compile(r"sips?:(?:[A-Za-z0-9_.!~*'()%&=+$,;?/-]{1,64}@)?[A-Za-z0-9.\-\[\]:]{1,200}")
_CONTROLLER = re.compile(r"[0-9]{1,16}")


class ScaipSettings(Peer, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="scaip"):
    """Alarms as SCAIP over SIP MESSAGE."""

    port: Annotated[Port, about("the centre's port")] = 5061
    transport: Annotated[Literal["udp", "tcp", "tls"], about("how the connection is made")] = "tls"
    target: Annotated[str, about("The centre's SIP URI")]
    sender: Annotated[str, about("Ours, as the centre knows it")]
    controller_id: Annotated[str, about("Our number at the centre: 1 to 16 digits")]
    local_host: Annotated[str, about("address that answers come to")] = "0.0.0.0"  # noqa: S104  # a centre answers to wherever a message came from
    local_port: Annotated[Annotated[int, Meta(ge=0, le=65535)], about("port that answers come to; 0 for any")] = 0
    language: Annotated[Literal["zh", "en"], about("of the words in messages")] = "en"
    answer: Annotated[
        Literal["message", "accepted"],
        about("What ends the exchange: the centre's own message with its status, or that it took ours"),
    ] = "message"
    answer_within_s: Annotated[Seconds, about("how long the centre's own answer may take")] = 20.0
    t1_s: Annotated[
        Annotated[float, Meta(gt=0, le=2)],
        about("SIP's guess of a round trip: an unanswered request is given up after 64 of them"),
    ] = 0.5
    wants: Annotated[WantedEvents, about("what the centre is told of")] = WantedEvents(
        events=("opened", "condition_cleared", "resolve", "merge"), severity_from="urgent"
    )


def check_scaip(reader: Reader, settings: ScaipSettings, path: Path) -> None:
    """Note what the type of each key can't say."""
    for key in ("target", "sender"):
        if not _SIP_URI.fullmatch(getattr(settings, key)):
            reader.complain((*path, key), "must be a SIP URI such as sip:alarm@centre.example")
    if not _CONTROLLER.fullmatch(settings.controller_id):
        reader.complain((*path, "controller_id"), "must be 1 to 16 digits")
    check_peer(reader, settings, settings.transport, path)
