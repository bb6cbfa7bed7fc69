"""HTTP door: ingest's second door, for the time in which the broker is away. One sealed envelope in, a receipt out."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from gateway.links.mqtt_session import Tls

_PATH = "/api/v1/envelopes"
_TIMEOUT_S = 10.0
_LONGEST_ANSWER = 1024 * 1024


class DoorShutError(ConnectionError):
    """The door did not take the message; it is to be tried again later. The message says why."""


class HttpDoor:
    """Posts sealed envelopes to `url` (scheme, host, port; the path is ours). Certificates are always verified."""

    def __init__(self, url: str, tls: Tls | None = None) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/") or ""
        if not self._path.endswith(_PATH):
            self._path += _PATH
        self._context = _context(tls) if parts.scheme == "https" else None

    def post(self, sealed: bytes) -> bytes:
        """Send one sealed envelope and return the sealed receipt; raises `DoorShutError`. It blocks."""
        try:
            connection = self._connect()
            try:
                connection.request(
                    "POST", self._path, body=sealed, headers={"Content-Type": "application/octet-stream"}
                )
                answer = connection.getresponse()
                body = answer.read(_LONGEST_ANSWER)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise DoorShutError(f"{self._host}: {error}") from error
        if answer.status != http.HTTPStatus.OK:
            raise DoorShutError(f"{self._host} answered {answer.status}")
        return body

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        return http.client.HTTPSConnection(self._host, self._port, timeout=_TIMEOUT_S, context=self._context)


def _context(tls: Tls | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if tls is None or tls.ca_file is None else str(tls.ca_file))
    if tls is not None and tls.cert_file is not None:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return context
