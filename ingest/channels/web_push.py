"""Web Push: a message to the browsers that somebody allowed to ring, through the browsers' own push services.

RFC 8291 (encryption for the browser alone, over RFC 8188's aes128gcm), RFC 8292 (VAPID: who sends). The push service
sees neither words nor link. What a message holds: `title`, `body`, `url`, `tag`, and `seen`, which the browser calls
once it has shown it: a push service that took a message is not yet a phone that rang.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingest.channels.contract import Browser, Browsers, Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.channels.http_post import Answer, HttpPost
from ingest.channels.settings import WebPushSettings, fault

RECORD = 4096
LONGEST_BODY = 1500
"""Bytes of text: with address and title a message stays below one record, and below what services take."""
GONE = frozenset({404, 410})
"""A push service says that the browser is no more (RFC 8030, 7.3)."""
_TOKEN_LIFE_S = 12 * 3600


def unpadded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def padded(text: str) -> bytes:
    """Return what base64url stands for; raises `ValueError`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as the 65 bytes that browsers speak of."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def encrypt(content: bytes, browser: Browser, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Return `content` for this browser alone, in one record (RFC 8291, 3.4; RFC 8188, 2). `own` is used once.

    Raises `ValueError` for keys that are none.
    """
    theirs = padded(browser.p256dh)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    ours = point(own.public_key())
    between = _derived(padded(browser.auth), shared, b"WebPush: info\x00" + theirs + ours, 32)
    key = _derived(salt, between, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(salt, between, b"Content-Encoding: nonce\x00", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes((len(ours),)) + ours
    return head + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """Return HKDF-SHA-256 (RFC 5869) of at most 32 bytes, which is one round of it."""
    pseudorandom = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(pseudorandom, info + b"\x01", hashlib.sha256)[:length]


def authorization(own: ec.EllipticCurvePrivateKey, endpoint: str, subject: str, now_s: float) -> str:
    """Return the header that says who sends (RFC 8292, 3): a token for this push service, for twelve hours."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(now_s) + _TOKEN_LIFE_S, "sub": subject}
    signed = ".".join(unpadded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(own.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{unpadded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={unpadded(point(own.public_key()))}"


def read_key(name: str, settings: WebPushSettings, base_dir: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key that says who we are; raises `ConfigError`."""
    try:
        key = serialization.load_pem_private_key((base_dir / settings.key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise fault("notify", name, f"key_file {settings.key_file} can't be read as PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise fault("notify", name, "key_file must hold a P-256 key: openssl ecparam -name prime256v1 -genkey -noout")
    return key


def message_name(key: str) -> str:
    """Return the name of a message towards browsers: 32 letters of base64url, as a `Topic` may have."""
    return unpadded(hashlib.sha256(key.encode()).digest())[:32]


class WebPushChannel:
    """Sends a notice to all browsers of a person; one that took it is enough."""

    def __init__(
        self,
        settings: WebPushSettings,
        door: HttpPost,
        key: ec.EllipticCurvePrivateKey,
        browsers: Browsers,
        wall_seconds: Callable[[], float],
    ) -> None:
        """`wall_seconds` gives the time since 1970, for the tokens' end."""
        self._settings = settings
        self._door = door
        self._key = key
        self._browsers = browsers
        self._wall_seconds = wall_seconds

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Send the notice to every browser of the person whom `address` names; see `Channel`."""
        name = message_name(notice.key)
        failed: Delivery = Rejected("push: no browser of this person takes messages")
        taken = False
        for browser in await self._browsers.of(notice.address):
            result = await self._send_to(browser, notice, name)
            if isinstance(result, Answer):
                taken = True
            elif isinstance(result, Unreachable) or isinstance(failed, Rejected):
                failed = result
        return Delivered(name, reports=True, confirm_within_s=self._settings.confirm_within_s) if taken else failed

    async def _send_to(self, browser: Browser, notice: OutgoingNotice, name: str) -> Answer | Rejected | Unreachable:
        content = {
            "title": notice.title,
            "body": cut(notice.spoken),
            "url": notice.link,
            "tag": name,
            "seen": self._browsers.seen_url(name),
        }
        try:
            body = encrypt(
                json.dumps(content, ensure_ascii=False).encode(),
                browser,
                ec.generate_private_key(ec.SECP256R1()),
                os.urandom(16),
            )
        except ValueError:
            await self._browsers.forget(browser.endpoint)
            return Rejected("push: the browser's keys are none")
        headers = {
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(self._settings.ttl_s),
            "urgency": "high" if notice.urgent else "normal",
            "topic": name,
            "authorization": authorization(self._key, browser.endpoint, self._settings.subject, self._wall_seconds()),
        }
        result = await self._door.post(body, headers, url=browser.endpoint)
        if isinstance(result, Rejected) and result.status in GONE:
            await self._browsers.forget(browser.endpoint)
        return result


def cut(text: str) -> str:
    """Return the longest beginning of a text that a message has room for."""
    encoded = text.encode()
    return text if len(encoded) <= LONGEST_BODY else encoded[:LONGEST_BODY].decode(errors="ignore") + "…"
