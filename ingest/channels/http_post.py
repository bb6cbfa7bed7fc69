"""One HTTP POST to a vendor: TLS verified, bounded in time and size, and trouble as a value.

Knows nothing of any vendor. The addresses it posts to hold tokens, so no address leaves this file in a reason or a log
line: reasons name the host only.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from ingest.channels.contract import Rejected, Unreachable
from ingest.channels.settings import Door, fault

LONGEST_ANSWER = 64 * 1024
_AGAIN = frozenset({408, 425, 429})
"""The vendor asks for patience; everything else between 300 and 499 is a refusal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. `body` is the JSON object in it, empty for an answer without content."""

    status: int
    body: Mapping[str, Any]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def key_header(key: str) -> str:
    """Return a message key as it may stand in a header: printable ASCII, the same for the same key."""
    return quote(key, safe=":.-_~/")


class HttpPost:
    """A door of a vendor to which notices are posted."""

    def __init__(self, name: str, door: Door, base_dir: Path, *, table: str = "notify") -> None:
        """`name` is the channel's name in the settings' `table`.

        Raises `ConfigError` for an address that won't do.
        """
        parts = urlsplit(door.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise fault(table, name, "url must start with https:// (or http://) and name a host")
        if parts.scheme == "http" and not door.plain_http and not _is_loopback(parts.hostname):
            raise fault(
                table,
                name,
                f"url is plain http to {parts.hostname}, where all could read it;"
                " use https, or set plain_http = true if that network is yours",
            )
        self._host = parts.hostname
        self._url = door.url
        self._timeout_s = door.timeout_s
        self._tls = ssl.create_default_context()
        if door.ca_file is not None:
            try:
                self._tls.load_verify_locations(base_dir / door.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise fault(table, name, f"ca_file {door.ca_file} can't be read as PEM") from error
        # these two write whole addresses, tokens included, into the log at INFO and DEBUG
        for library in ("httpx2", "httpcore2"):
            logging.getLogger(library).setLevel(logging.WARNING)

    async def post(
        self,
        content: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        *,
        url: str | None = None,
    ) -> Answer | Rejected | Unreachable:
        """Post `content` (JSON) and return the answer; `query` is added to the address, encoded once.

        `url` is another address than the settings' one, which the caller has found to be allowed.
        """
        host = self._host if url is None else urlsplit(url).hostname or self._host
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(host, httpx2.URL(url or self._url), content, headers, query or {})
        except TimeoutError:
            return Unreachable(f"{host}: no answer within {self._timeout_s:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Unreachable(f"{host}: {type(error).__name__}")

    async def _exchange(
        self, host: str, url: httpx2.URL, content: bytes, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> Answer | Rejected | Unreachable:
        # trust_env off: a proxy or a netrc of the machine must not be handed our tokens
        async with (
            httpx2.AsyncClient(verify=self._tls, timeout=self._timeout_s, trust_env=False) as client,
            client.stream(
                "POST",
                url.copy_merge_params(dict(query)),
                content=content,
                # identity: a packed answer could unpack to more than anybody should hold
                headers={
                    "content-type": "application/json; charset=utf-8",
                    "accept-encoding": "identity",
                    **headers,
                },
            ) as response,
        ):
            status = response.status_code
            if status in _AGAIN or status >= 500 or status < 200:
                return Unreachable(f"{host}: HTTP {status}")
            if status >= 300:
                return Rejected(f"{host}: HTTP {status}", status)
            received = bytearray()
            async for chunk in response.aiter_raw():
                received += chunk
                if len(received) > LONGEST_ANSWER:
                    return Unreachable(f"{host}: HTTP {status} with an answer over {LONGEST_ANSWER} bytes")
            return _read(host, status, bytes(received))


def _read(host: str, status: int, received: bytes) -> Answer | Unreachable:
    if not received.strip():
        return Answer(status, {})
    try:
        body = json.loads(received)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return Unreachable(f"{host}: HTTP {status} with an answer that is not a JSON object")
    return Answer(status, body)
