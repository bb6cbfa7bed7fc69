"""Push: which browser's subscription is good enough to be kept. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

MOST_BROWSERS = 8
"""Browsers of one person; the oldest make way."""
LONGEST_ENDPOINT = 2000


class PushFault(StrEnum):
    """Why a subscription is not kept."""

    NOT_OFFERED = "not_offered"
    """Messages to browsers are not set up here."""
    UNKNOWN_SERVICE = "unknown_service"
    """The push service is none that we speak to."""
    BAD_KEYS = "bad_keys"


@dataclass(frozen=True, slots=True)
class PushOffer:
    """What browsers are offered: our public key (base64url), and the push services that we speak to.

    `plain`: a service without TLS will do, for tests on this machine.
    """

    key: str
    hosts: tuple[str, ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser says of itself: where its push service listens, its public key and its secret, both base64url."""

    endpoint: str
    p256dh: str
    auth: str


def endpoint_fits(offer: PushOffer, endpoint: str) -> bool:
    """Return whether messages may be posted there: a browser could name any address, also one behind our walls."""
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or (port not in (None, 443) and not offer.plain):
        return False
    known = any(host == one or host.endswith(f".{one}") for one in offer.hosts)
    return known and parts.scheme in ({"https", "http"} if offer.plain else {"https"})


def keys_fit(p256dh: str, auth: str) -> bool:
    """Return whether these can be a browser's keys: a point of 65 bytes and a secret of 16."""
    point, secret = _bytes(p256dh), _bytes(auth)
    return len(point) == 65 and point[0] == 4 and len(secret) == 16


def to_drop(endpoints: Sequence[str]) -> Sequence[str]:
    """Return which browsers of a person make way; given the newest first."""
    return endpoints[MOST_BROWSERS:]


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
