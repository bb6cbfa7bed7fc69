"""HTTP template: speaks a vendor's own HTTP door from settings alone; what SMS and voice are built on."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ingest.channels.addresses import national
from ingest.channels.contract import Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.channels.http_post import Answer, HttpPost, key_header
from ingest.channels.settings import Template, fault
from ingest.channels.vendor_code import refusal_code, vendor_code

PLACEHOLDERS = frozenset({"address", "mobile", "title", "text", "link", "language", "key", "urgent", "token"})
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


def check_body(name: str, body: Mapping[str, Any]) -> set[str]:
    """Return the placeholders of a body.

    Raises `ConfigError` for one that does not exist, or a body without address or text.
    """
    used: set[str] = set()
    _collect(name, body, used)
    if unknown := used - PLACEHOLDERS:
        raise fault("notify", name, f"body has {{{min(unknown)}}}; there are {sorted(PLACEHOLDERS)}")
    if not used & {"address", "mobile"}:
        raise fault("notify", name, "body lacks {address} (or {mobile})")
    if "text" not in used:
        raise fault("notify", name, "body lacks {text}")
    return used


def _collect(name: str, value: object, used: set[str]) -> None:
    if isinstance(value, str):
        try:
            fields = [field for _, field, _, _ in string.Formatter().parse(value) if field is not None]
        except ValueError as error:
            raise fault("notify", name, f"body: {value!r}: {error}") from error
        used.update(fields)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _collect(name, inner, used)
    elif isinstance(value, list):
        for inner in value:
            _collect(name, inner, used)


def _fill(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return "".join(
            before + (words[field] if field is not None else "")
            for before, field, _, _ in string.Formatter().parse(value)
        )
    if isinstance(value, Mapping):
        return {key: _fill(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, words) for inner in value]
    return value


def _look_up(body: Mapping[str, Any], path: str) -> Any:
    found: Any = body
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


class HttpTemplate:
    """A vendor's door with the shape of its questions and answers."""

    def __init__(self, name: str, settings: Template, door: HttpPost, token: str | None) -> None:
        """Raises `ConfigError` for a body that can't work."""
        used = check_body(name, settings.body)
        if "token" in used and token is None:
            raise fault("notify", name, "body has {token}: give token_file (or token_env)")
        flat = all(isinstance(value, str) for value in settings.body.values())
        if settings.encoding == "form" and not flat:
            raise fault("notify", name, "a form's body holds texts only")
        if settings.confirm_within_s is not None and settings.callback is None:
            raise fault("notify", name, f"confirm_within_s needs a [notify.{name}.callback]")
        self._token_in_body = "token" in used
        self._name = name
        self._settings = settings
        self._door = door
        self._token = token

    async def send(self, notice: OutgoingNotice, address: str, text: str) -> Delivery:
        """Fill the body with the notice (`address` and `text` as the channel wants them), post it, read the answer."""
        words = {
            "address": address,
            "mobile": national(address),
            "title": notice.title,
            "text": text,
            "link": notice.link or "",
            "language": notice.language,
            "key": notice.key,
            "urgent": "true" if notice.urgent else "false",
            "token": self._token or "",
        }
        headers = {"idempotency-key": key_header(notice.key)}
        if self._token is not None and not self._token_in_body:
            headers[self._settings.token_header] = self._settings.token_prefix + self._token
        body = _fill(self._settings.body, words)
        if self._settings.encoding == "form":
            answer = await self._door.post(urlencode(body).encode(), headers | {"content-type": _FORM})
        else:
            answer = await self._door.post(json.dumps(body, ensure_ascii=False).encode(), headers)
        return self._read(answer) if isinstance(answer, Answer) else answer

    def _read(self, answer: Answer) -> Delivery:
        value = _look_up(answer.body, self._settings.ok_field)
        if value is None:
            return Unreachable(f"{self._name}: HTTP {answer.status} without {self._settings.ok_field} in the answer")
        if str(value) == self._settings.ok_value:
            vendor_id = vendor_code(_look_up(answer.body, self._settings.id_field))
            return Delivered(vendor_id, self._settings.callback is not None, self._settings.confirm_within_s)
        code = f"{self._settings.ok_field} {refusal_code(value)}"
        if str(value) in self._settings.busy_values:
            return Unreachable(f"{self._name}: busy, {code}")
        return Rejected(f"{self._name}: {code}", wrong_address=str(value) in self._settings.wrong_values)
