"""Links: the signed addresses by which somebody reaches one page without logging in: a ticket, their own, one home's.

A token says who and what for, and most of them when it ends. It is no right: what its holder may do is decided by the
same rules as everywhere, when it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from ingest.actions.base.secrets import MasterKey

LINK_LIFE = timedelta(hours=72)
TICKET_PATH, PERSONAL_PATH, HOUSEHOLD_PATH = "/go/", "/my/", "/home/"
"""Where the pages live: a path, and then the token."""


class Purpose(StrEnum):
    """What a link opens, as the salt that keeps its token from opening anything else."""

    TICKET = "ticket link 1"
    PERSONAL = "personal link 1"
    HOUSEHOLD = "house link 1"


class LinkFault(StrEnum):
    """Why a link does not open."""

    FORGED = "forged"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LinkClaim:
    """Who came, and to which ticket."""

    ticket_id: str
    person_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PersonalClaim:
    """Who came to their own page."""

    person_id: str
    expires_at: datetime


def make_link(keys: MasterKey, public_url: str, ticket_id: str, person_id: str, now: datetime) -> str:
    """Return the whole address of a ticket for a notice."""
    return f"{public_url}{TICKET_PATH}{make_token(keys, ticket_id, person_id, now + LINK_LIFE)}"


def make_token(keys: MasterKey, ticket_id: str, person_id: str, expires_at: datetime) -> str:
    """Return the token for a ticket; it ends at `expires_at` (whole seconds)."""
    return sign_token(keys, Purpose.TICKET, [ticket_id, person_id, int(expires_at.timestamp())])


def read_token(keys: MasterKey, token: str, now: datetime) -> LinkClaim | LinkFault:
    """Return who came to which ticket, or why the link does not open."""
    ids = _ids_before(keys, Purpose.TICKET, token, now, count=2)
    return ids if isinstance(ids, LinkFault) else LinkClaim(*ids)


def make_personal_token(keys: MasterKey, person_id: str, expires_at: datetime) -> str:
    """Return the token for somebody's own page; it ends at `expires_at` (whole seconds)."""
    return sign_token(keys, Purpose.PERSONAL, [person_id, int(expires_at.timestamp())])


def read_personal_token(keys: MasterKey, token: str, now: datetime) -> PersonalClaim | LinkFault:
    """Return whose own page it is, or why the link does not open."""
    ids = _ids_before(keys, Purpose.PERSONAL, token, now, count=1)
    return ids if isinstance(ids, LinkFault) else PersonalClaim(*ids)


def sign_token(keys: MasterKey, purpose: Purpose, content: Any) -> str:
    """Return plain data as a token."""
    return str(_signer(keys, purpose).dumps(content))


def open_token(keys: MasterKey, purpose: Purpose, token: str) -> Any:
    """Return the plain data in a token, or `LinkFault.FORGED`; an end in time is the caller's to check."""
    try:
        return _signer(keys, purpose).loads(token)
    except BadSignature:
        return LinkFault.FORGED


def _ids_before(keys: MasterKey, purpose: Purpose, token: str, now: datetime, *, count: int) -> Any:
    """Return `count` ids and the end of a token as a tuple, or a fault."""
    content = open_token(keys, purpose, token)
    if not isinstance(content, list) or len(content) != count + 1:
        return LinkFault.FORGED
    *ids, seconds = content
    expires_at = datetime.fromtimestamp(seconds, UTC)
    return LinkFault.EXPIRED if now >= expires_at else (*ids, expires_at)


def _signer(keys: MasterKey, purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(keys.of_purpose("links"), salt=purpose.value)
