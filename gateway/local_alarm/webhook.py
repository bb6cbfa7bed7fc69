"""Webhook: a program on the spot – the guard's screen, a building's own system – is posted the alarm as JSON."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Sequence

from gateway.local_alarm.contract import Delivery, LocalAlarm, Matter, NotTold, Recipient, TextReply

_TIMEOUT_S = 10.0


class WebhookWay:
    """One POST for each situation, and one when somebody goes. Certificates are always verified."""

    name = "webhook"

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._token = token

    def recipients(self, alarm: LocalAlarm) -> Sequence[Recipient]:
        """The one program."""
        return (Recipient(self.name, self.name, self._url),)

    async def tell(self, alarm: LocalAlarm, recipient: Recipient, matter: Matter) -> Delivery | NotTold:
        """Post the alarm; any answer of 200 to 299 counts."""
        return await asyncio.to_thread(self._post, alarm, matter)

    def _post(self, alarm: LocalAlarm, matter: Matter) -> Delivery | NotTold:
        body = {
            "gateway": alarm.gateway,
            "episode": alarm.episode,
            "home": alarm.home,
            "door": alarm.door,
            "kind": alarm.kind.value,
            "severity": alarm.severity.value,
            "matter": matter.value,
            "at": alarm.at.isoformat(timespec="seconds"),
            "text_zh": alarm.text_zh,
            "text_en": alarm.text_en,
        }
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body, ensure_ascii=False).encode()
        request = urllib.request.Request(self._url, data, headers, method="POST")  # noqa: S310 - checked in the settings
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310 - checked in the settings
                return Delivery()
        except urllib.error.HTTPError as error:
            error.close()
            return NotTold(f"it answered {error.code}")
        except (OSError, ValueError) as error:
            return NotTold(f"it can't be reached: {type(error).__name__}")

    async def check(self) -> str | None:
        """Nothing can be said without posting: what fails is told when it fails."""
        return None

    async def replies(self) -> Sequence[TextReply]:
        """A webhook only hears."""
        return ()
