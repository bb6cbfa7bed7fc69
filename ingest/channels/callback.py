"""Callbacks: what a vendor says back about a message, in a shape that settings describe. Nobody is believed unproven.

`signed`: headers as in Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), the time at most
five minutes off, so that what somebody recorded is of no use later. Without: a secret token in the address
(`?token=…`) or as a bearer; then the same event is known again only by its content.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from ingest.channels.contract import Answered, VendorEvent
from ingest.channels.settings import Callback
from ingest.channels.vendor_code import refusal_code, vendor_code
from ingest.channels.webhook import signature

FRESH_S = 300
MOST_EVENTS = 500
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Forged:
    """It can't be proven who speaks."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Proven, but not to be understood."""

    reason: str


class CallbackDoor:
    """The door of one vendor."""

    def __init__(self, settings: Callback, secret: bytes, wall_seconds: Callable[[], float]) -> None:
        """`wall_seconds` gives the time since 1970, with which signatures are compared."""
        self._settings = settings
        self._secret = secret
        self._wall_seconds = wall_seconds

    @property
    def answer(self) -> str:
        """What the vendor wants to read when all is well; empty for our own JSON."""
        return self._settings.answer

    def read(
        self, headers: Mapping[str, str], query: Mapping[str, str], raw: bytes
    ) -> list[VendorEvent] | Forged | Unreadable:
        """Return what is said; `headers` by lower-case name."""
        forged = self._forged_signature(headers, raw) if self._settings.signed else self._forged_token(headers, query)
        if forged is not None:
            return forged
        said = self._said(raw, query)
        if isinstance(said, Unreadable):
            return said
        signed_id = headers.get("webhook-id", "") if self._settings.signed else ""
        return [self._event(one, f"{signed_id}.{number}" if signed_id else "") for number, one in enumerate(said)]

    def _forged_signature(self, headers: Mapping[str, str], raw: bytes) -> Forged | None:
        message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not message_id or len(message_id) > LONGEST_ID or not (stamp.isascii() and stamp.isdigit()):
            return Forged("no signature")
        if len(stamp) > 12 or abs(int(stamp) - self._wall_seconds()) > FRESH_S:
            return Forged("too old, or the clocks differ")
        expected = signature(self._secret, message_id, int(stamp), raw)
        given = headers.get("webhook-signature", "").split(" ")
        fits = any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)
        return None if fits else Forged("wrong signature")

    def _forged_token(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Forged | None:
        given = query.get("token") or headers.get("authorization", "").removeprefix("Bearer ")
        return None if hmac.compare_digest(self._secret, given.encode()) else Forged("wrong token")

    def _said(self, raw: bytes, query: Mapping[str, str]) -> list[Mapping[str, Any]] | Unreadable:
        settings = self._settings
        try:
            if settings.encoding == "query":
                body: Any = dict(query)
            elif settings.encoding == "form":
                body = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=200))
            else:
                body = json.loads(raw)
            if settings.list_field:
                # a vendor may post receipts and text messages to one door, under names of their own
                inner = body[next(name for name in settings.list_field.split("|") if name in body)]
                body = json.loads(inner) if isinstance(inner, str) else inner
        except (ValueError, RecursionError, KeyError, TypeError, StopIteration):
            return Unreadable(f"not {settings.encoding}, or without {settings.list_field or 'content'}")
        said = body if isinstance(body, list) else [body]
        if len(said) > MOST_EVENTS or not all(isinstance(one, dict) for one in said):
            return Unreadable(f"must be an object, or a list of at most {MOST_EVENTS}")
        return said

    def _event(self, said: Mapping[str, Any], signed_id: str) -> VendorEvent:
        settings = self._settings

        def text(field: str) -> str:
            value = said.get(field)
            return str(value)[:LONGEST_ID] if isinstance(value, str | int) and not isinstance(value, bool) else ""

        state, digit = text(settings.state_field), first_digit(text(settings.digit_field))
        comes_in = settings.sender_field and settings.digit_field in said
        sender = text(settings.sender_field) if comes_in else ""
        key, vendor_id = text(settings.key_field), vendor_code(text(settings.id_field))
        content = json.dumps([key, vendor_id, state, digit, text(settings.code_field), sender])
        if sender:
            # the id is that of the text message, not that of what was asked
            content, vendor_id = f"{content}{vendor_id}", ""
        return VendorEvent(
            event_id=signed_id or hashlib.sha256(content.encode()).hexdigest(),
            key=key,
            vendor_id="" if vendor_id == "unreadable" else vendor_id,
            arrived=True if state in settings.arrived else False if state in settings.failed else None,
            answered={settings.goes: Answered.GOES, settings.cannot: Answered.CANNOT}.get(digit),
            code=refusal_code(text(settings.code_field) or state),
            wrong_address=not {state, text(settings.code_field)}.isdisjoint(settings.wrong_codes),
            sender=sender,
        )


def first_digit(text: str) -> str:
    """Return what was pressed or answered: one digit, also a full-width one and with words behind it, else nothing."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain[0] if plain[:1].isdigit() and not plain[1:2].isalnum() else ""
