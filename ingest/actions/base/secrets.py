"""Secrets: everything that must be secret derives from one master key, each purpose with a key of its own."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from models.wire.seal import derive_key

MIN_BYTES = 32


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The one secret of an ingester. It never shows in a repr."""

    master: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that can be guessed."""
        if len(self.master) < MIN_BYTES:
            raise ValueError(f"the master key has {len(self.master)} bytes; {MIN_BYTES} or more are needed")

    def of_gateway(self, gateway_id: str, generation: int) -> bytes:
        """Return the key that this gateway seals with."""
        return derive_key(self.master, gateway_id, generation)

    def of_purpose(self, purpose: str) -> bytes:
        """Return the key for something of our own: `sessions`, `links`."""
        return hmac.digest(self.master, f"linshe {purpose}".encode(), hashlib.sha256)
