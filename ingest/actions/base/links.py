"""Links: the signed address by which one person reaches one ticket without logging in. Bound to both, and it ends.

The token only says who and which; what may be done is decided by the ticket's table when it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer

from ingest.actions.base.secrets import MasterKey

LINK_LIFE = timedelta(hours=72)
PATH = "/go/"
"""The phone page lives at `PATH` + token."""


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


def make_link(keys: MasterKey, public_url: str, ticket_id: str, person_id: str, now: datetime) -> str:
    """Return the whole address for a notice."""
    return f"{public_url}{PATH}{make_token(keys, ticket_id, person_id, now + LINK_LIFE)}"


def make_token(keys: MasterKey, ticket_id: str, person_id: str, expires_at: datetime) -> str:
    """Return the signed token alone; it ends at `expires_at` (whole seconds)."""
    return str(_signer(keys).dumps([ticket_id, person_id, int(expires_at.timestamp())]))


def read_token(keys: MasterKey, token: str, now: datetime) -> LinkClaim | LinkFault:
    """Return whose link this is, or why it does not open."""
    try:
        ticket_id, person_id, seconds = _signer(keys).loads(token)
    except (BadSignature, ValueError, TypeError):
        return LinkFault.FORGED
    expires_at = datetime.fromtimestamp(seconds, UTC)
    return LinkFault.EXPIRED if now >= expires_at else LinkClaim(ticket_id, person_id, expires_at)


def _signer(keys: MasterKey) -> URLSafeSerializer:
    return URLSafeSerializer(keys.of_purpose("links"), salt="ticket link 1")
