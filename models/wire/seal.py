"""Seal: proof that a message comes from the gateway it names. HMAC-SHA256 (RFC 2104) with a key per gateway.

Layout of a sealed message: `LS1 <gateway_id> <64 hex digits>\\n` and then the envelope's bytes. The code covers the
gateway's name, the direction and the envelope, so that nothing sealed for one gateway or direction opens in another.
It is the same on MQTT and on HTTP: the door does not matter.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from enum import StrEnum

from models.wire.codec import MAX_BYTES, WireError

_HEADER = re.compile(rb"LS1 ([A-Za-z0-9._-]{1,64}) ([0-9a-f]{64})\n")
_LONGEST_HEADER = 4 + 64 + 1 + 64 + 1


class Direction(StrEnum):
    """Which way a message flows."""

    UP = "up"
    DOWN = "down"


class SealError(WireError):
    """The seal is missing, broken, or another's."""


def derive_key(master: bytes, gateway_id: str, generation: int = 1) -> bytes:
    """Return the 32-byte key of a gateway, so that the cloud need keep one secret only.

    A new `generation` makes the old key worthless.
    """
    return hmac.digest(master, f"linshe gateway key {generation} {gateway_id}".encode(), hashlib.sha256)


def _code(key: bytes, gateway_id: str, direction: Direction, data: bytes) -> str:
    return hmac.new(key, f"{direction.value} {gateway_id}\n".encode() + data, hashlib.sha256).hexdigest()


def seal(key: bytes, gateway_id: str, direction: Direction, data: bytes) -> bytes:
    """Return `data` (an encoded envelope) sealed with the gateway's key."""
    return f"LS1 {gateway_id} {_code(key, gateway_id, direction, data)}\n".encode() + data


def claimed_gateway(sealed: bytes) -> str:
    """Return the gateway a message says it is from, "" for none; nothing is believed until the seal is checked."""
    header = _HEADER.match(sealed)
    return "" if header is None else header.group(1).decode("ascii")


def unseal(key_of: Callable[[str], bytes | None], direction: Direction, sealed: bytes) -> tuple[str, bytes]:
    """Return (gateway_id, envelope bytes) of a sealed message.

    `key_of` gives the key of a gateway, None for one that is not known. Raises `SealError` without telling a stranger
    whether the gateway exists.
    """
    if len(sealed) > MAX_BYTES + _LONGEST_HEADER:
        raise SealError(f"message of {len(sealed)} bytes; at most {MAX_BYTES} are taken")
    header = _HEADER.match(sealed)
    if header is None:
        raise SealError("no seal: a message starts with 'LS1 <gateway id> <code>' and a line feed")
    gateway_id = header.group(1).decode("ascii")
    data = sealed[header.end() :]
    key = key_of(gateway_id)
    expected = _code(key or b"", gateway_id, direction, data)
    if key is None or not hmac.compare_digest(expected, header.group(2).decode("ascii")):
        raise SealError("the seal does not fit: check the gateway's id and key")
    return gateway_id, data
