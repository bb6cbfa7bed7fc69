"""Forms: what all forms and bodies share – the CSRF token, fields of time, boxes that are ticked. Pure.

Secrets come in as arguments. A form of a session carries the session's token; a form behind a signed link carries a
token made for that link.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict

NOT_A_TIME = "not_a_time"
"""What a page says of a field of time that can't be read."""


class JsonBody(BaseModel):
    """The body of a request to the API; a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class CsrfForm(BaseModel):
    """A form of ours with its token, which the guard of the page has checked already."""

    model_config = ConfigDict(extra="forbid")
    csrf: str = ""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Several = Annotated[list[str], BeforeValidator(_as_list)]
"""Boxes that are ticked: none, one or many."""


def csrf_token(secret: bytes, purpose: str, subject: str) -> str:
    """Return the token that goes into a form, bound to what it is for and to whom it was shown."""
    return hmac.new(secret, f"linshe form {purpose}\n{subject}".encode(), hashlib.sha256).hexdigest()


def csrf_token_fits(secret: bytes, purpose: str, subject: str, given: str) -> bool:
    """Tell whether `given` is that token."""
    return same(csrf_token(secret, purpose, subject), given)


def same(expected: str, given: str) -> bool:
    """Compare two secrets in constant time; text outside ASCII never fits and never fails."""
    return hmac.compare_digest(expected.encode(), given.encode())


def local_time(text: str, zone: ZoneInfo) -> datetime | None:
    """Return what a field of kind datetime-local says, in the site's zone; None when it is empty. Raises ValueError."""
    if not text.strip():
        return None
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is not None or not timedelta(0) <= at - datetime(2000, 1, 1) < timedelta(days=36_500):  # noqa: DTZ001 - a wall's hour
        raise ValueError(text)
    return at.replace(tzinfo=zone)
