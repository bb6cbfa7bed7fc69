"""Dispatcher: who sees to the tickets of a soak, through the real web's API: a month with everything open is none."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

log = logging.getLogger(__name__)

_OUTCOMES = {"smoke": ("test", "cooking"), "leak": ("leak", "pipe"), "running_water": ("habit", "water_left_on")}
_ANY = ("habit", "unheard")
"""What came of it and what had set it off, by the kind of ticket: nobody was in need in these lives."""
_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Dispatcher:
    """Looks every `every_s` seconds; what is older than `patience` is resolved, and closed at the next look."""

    web: str
    login: str
    password: str
    patience: timedelta
    every_s: float
    now: Callable[[], datetime]
    refused: int = 0
    """Answers other than 200 to a press; another hand, such as the home's own all-clear, was quicker."""
    _token: str = field(default="", init=False)

    async def work(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._look)
            except (OSError, HTTPException, ValueError) as error:
                log.warning("the dispatcher got no answer: %s", error)
            await asyncio.sleep(self.every_s)

    def _look(self) -> None:
        if not self._token:
            said = self._ask("/api/v1/login", {"login": self.login, "password": self.password})
            self._token = str(said["token"])
        for ticket in self._ask("/api/v1/tickets?status=live")["tickets"]:
            if self.now() - datetime.fromisoformat(ticket["opened_at"]) > self.patience:
                self._press(ticket)

    def _press(self, ticket: dict[str, Any]) -> None:
        press: dict[str, Any] = {"event": "close", "version": ticket["version"]}
        if ticket["status"] != "resolved":
            outcome, cause = _OUTCOMES.get(ticket["kind"], _ANY)
            press = {"event": "resolve", "outcome": outcome, "cause": cause, "version": ticket["version"]}
        try:
            self._ask(f"/api/v1/tickets/{ticket['ticket_id']}/events", press)
        except urllib.error.HTTPError as error:
            if error.code not in (409, 422):
                raise
            self.refused += 1

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self._token}"} if self._token else {}
        )
        request = urllib.request.Request(self.web + path, data, headers)  # noqa: S310 - our own ingester
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            said: dict[str, Any] = json.load(answer)
        return said
