"""Phones: what a person with a phone does: reads the messages that came, opens the link, presses a button of the page.

Plain HTTP, no script, no knowledge of ingest but the page's own forms.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException
from typing import Any

_LINK = re.compile(r"https?://[^\s<>\"'，。；]+")
_PATIENCE_S = 5.0


class PhoneError(RuntimeError):
    """The page did not come, or has no such button (any more)."""


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """One message as its addressee got it. `key` is the same whenever it was sent again."""

    service: str
    key: str
    to: str
    text: str
    link: str
    repeats: int
    number: int = 0
    """The vendor's own, which its answer to the sender named."""


@dataclass(slots=True)
class PageForm:
    """One form of a page: what it would send, and what may be chosen in it."""

    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


def read_messages(vendor: str) -> list[PhoneMessage]:
    """Return everything that came to the vendor at `vendor` so far; raises `PhoneError`."""
    data = json.loads(_fetch(f"{vendor}/api/messages"))
    return [_message(one) for one in (data["messages"] if isinstance(data, dict) else data)]


def _message(data: dict[str, Any]) -> PhoneMessage:
    text = str(data.get("text", ""))
    link = str(data.get("link") or "") or next(iter(_LINK.findall(text)), "")
    return PhoneMessage(
        service=str(data.get("service", "")),
        key=str(data.get("key", "")),
        to=str(data.get("to", "")),
        text=text,
        link=link,
        repeats=int(data.get("repeats", 0)),
        number=int(data.get("number", 0)),
    )


def press(link: str, event: str, **filled: str) -> None:
    """Open the page behind `link` and press the button for `event`; raises `PhoneError` when it isn't there."""
    forms = read_forms(_fetch(link))
    form = next((form for form in forms if form.fields.get("event") == event), None)
    if form is None:
        raise PhoneError(f"the page offers no {event} now")
    sent = form.fields | filled
    for name, value in filled.items():
        if name in form.choices and value not in form.choices[name]:
            raise PhoneError(f"{name} can't be {value}; the page offers {', '.join(form.choices[name])}")
    _fetch(link, urllib.parse.urlencode(sent).encode())


def read_forms(page: str) -> list[PageForm]:
    """Return the forms of a page with their hidden fields and choices."""
    reader = _FormReader()
    reader.feed(page)
    return reader.forms


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm()
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and given.get("name"):
            if given.get("type") == "radio":
                self._open.choices.setdefault(given["name"], []).append(given.get("value", ""))
            elif given.get("type") == "hidden":
                self._open.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _fetch(url: str, body: bytes | None = None) -> str:
    if not url.startswith(("http://", "https://")):
        raise PhoneError("that is no web address")
    request = urllib.request.Request(url, body)  # noqa: S310 - the scheme was looked at
    # the page's own origin, as a browser would say it when a form is sent
    parts = urllib.parse.urlsplit(url)
    if body is not None:
        request.add_header("Origin", f"{parts.scheme}://{parts.netloc}")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310
            text: str = answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            raise PhoneError(f"the page says no ({error.code})") from error
    except (OSError, HTTPException) as error:
        raise PhoneError(f"no answer: {error}") from error
    return text
