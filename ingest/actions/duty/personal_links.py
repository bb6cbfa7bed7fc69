"""Personal links: the signed links by which a volunteer or social worker comes to their own page, without a log-in.

A link is not a right: what its holder may do is decided by the same rules as everywhere, when it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadSignature, URLSafeSerializer

from ingest.actions.base.links import LinkFault
from ingest.actions.base.secrets import MasterKey

PATH = "/my/"


@dataclass(frozen=True, slots=True)
class PersonalClaim:
    """Who came, and until when the link is good."""

    person_id: str
    expires_at: datetime


def make_personal_token(keys: MasterKey, person_id: str, expires_at: datetime) -> str:
    """Return the token for somebody's own page; it ends at `expires_at` (whole seconds)."""
    return str(_signer(keys).dumps([person_id, int(expires_at.timestamp())]))


def read_personal_token(keys: MasterKey, token: str, now: datetime) -> PersonalClaim | LinkFault:
    """Return whose link this is, or why it does not open."""
    try:
        person_id, seconds = _signer(keys).loads(token)
    except (BadSignature, ValueError, TypeError):
        return LinkFault.FORGED
    expires_at = datetime.fromtimestamp(seconds, UTC)
    return LinkFault.EXPIRED if now >= expires_at else PersonalClaim(person_id, expires_at)


def _signer(keys: MasterKey) -> URLSafeSerializer:
    return URLSafeSerializer(keys.of_purpose("links"), salt="personal link 1")
