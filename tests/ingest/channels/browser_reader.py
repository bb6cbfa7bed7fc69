"""A browser's side of Web Push, written from RFC 8291, 8188 and 8292 with another library than the sender's."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC
from Crypto.PublicKey.ECC import EccKey
from Crypto.Signature import DSS


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point_of(raw: bytes) -> EccKey:
    return ECC.construct(
        curve="P-256", point_x=int.from_bytes(raw[1:33], "big"), point_y=int.from_bytes(raw[33:], "big")
    )


@dataclass
class BrowserReader:
    """A browser with its own key pair and secret."""

    auth: bytes = bytes(range(16))
    key: EccKey = field(default_factory=lambda: ECC.generate(curve="P-256"))

    @property
    def public(self) -> bytes:
        return bytes(self.key.public_key().export_key(format="raw"))

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` returns."""
        keys = {"p256dh": b64(self.public), "auth": b64(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def open(self, body: bytes) -> bytes:
        """Return what was encrypted for this browser; fails for anybody else's."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size, "one record"
        shared = (point_of(theirs).pointQ * self.key.d).x.to_bytes(32)
        secret = HKDF(shared, 32, self.auth, SHA256, context=b"WebPush: info\0" + self.public + theirs)
        key = HKDF(secret, 16, salt, SHA256, context=b"Content-Encoding: aes128gcm\0")
        nonce = HKDF(secret, 12, salt, SHA256, context=b"Content-Encoding: nonce\0")
        opened = AES.new(key, AES.MODE_GCM, nonce).decrypt_and_verify(sealed[:-16], sealed[-16:])
        text, mark, padding = opened.rpartition(b"\x02")
        assert mark, "the last record ends with 2"
        assert not padding.strip(b"\x00")
        return bytes(text)


def sender_of(authorization: str) -> tuple[str, dict[str, Any]]:
    """Return who sends (their public key) and the token's claims, once the signature is found to be right."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    DSS.new(point_of(unb64(parts["k"])), "fips-186-3").verify(SHA256.new(signed.encode()), unb64(signature))
    head, _, claims = signed.partition(".")
    assert json.loads(unb64(head)) == {"typ": "JWT", "alg": "ES256"}
    return parts["k"], json.loads(unb64(claims))
