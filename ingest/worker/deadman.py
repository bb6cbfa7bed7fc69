"""Dead man's ping: after each audit that found nothing wrong, a service outside is told that we live.

When the pings stay away, that service rings somebody: what has died can't say so itself. It must be somebody else's
machine, on another network, that does nothing but wait.
"""

from __future__ import annotations

import asyncio
import logging
import urllib.error
import urllib.request

log = logging.getLogger(__name__)

_TIMEOUT_S = 10.0


class DeadMan:
    """Pings `url` at most every `every_s` seconds. Certificates are always verified; a failure is told once."""

    def __init__(self, url: str, every_s: float) -> None:
        self._url = url
        self._every_s = every_s
        self._last: float | None = None
        self._failing = False

    async def ping(self, now: float) -> bool:
        """Say that we live; `now` is monotonic seconds. Return whether a ping was sent and taken."""
        if self._last is not None and now - self._last < self._every_s:
            return False
        self._last = now
        fault = await asyncio.to_thread(self._get)
        if fault is not None and not self._failing:
            log.error("dead man's ping: %s; who waits for it will call soon", fault)
        if fault is None and self._failing:
            log.info("dead man's ping: is taken again")
        self._failing = fault is not None
        return fault is None

    def _get(self) -> str | None:
        """Return why it failed, without the URL: who knows it can keep up the pings of a dead house."""
        request = urllib.request.Request(self._url, headers={"User-Agent": "linshe"})  # noqa: S310 - https or this net
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310 - checked in the settings
                return None
        except urllib.error.HTTPError as error:
            error.close()
            return f"answered {error.code}"
        except (OSError, ValueError) as error:
            return type(error).__name__
