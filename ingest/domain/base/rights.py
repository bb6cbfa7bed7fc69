"""Rights: what a page or a route of the API asks of a caller. The rows of the pages name one of these; the site and
its tests read nothing else. Pure; knows no page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.domain.base.people import DESK_ROLES, Role

EVERYBODY: frozenset[Role] = frozenset(Role)
CARING_ROLES: frozenset[Role] = DESK_ROLES | {Role.SOCIAL_WORKER}
"""Roles that answer for homes."""


class Credential(StrEnum):
    """How callers show who they are."""

    NONE = "none"
    """They need not: a log-in page, a health door."""
    LINK = "link"
    """A signed link in the path; the link names the person and what it opens."""
    MESSAGE = "message"
    """A token that came with the request, such as that of a message to a browser: the route itself checks it."""
    LOG_IN = "log_in"


@dataclass(frozen=True, slots=True)
class Right:
    """Which roles may; with `own_area` they see and do only what lies in the subtree of their own area.

    `tells_roles`: a caller of another role gets 403 with the roles that may; otherwise 404, as if nothing were there.
    """

    roles: frozenset[Role] = frozenset()
    credential: Credential = Credential.LOG_IN
    own_area: bool = True
    tells_roles: bool = False

    def allows(self, role: str | None) -> bool:
        """Return whether somebody of this role may; a role that this version does not know may nothing."""
        return self.credential is not Credential.LOG_IN or role in self.roles


OPEN = Right(credential=Credential.NONE, own_area=False)
BY_LINK = Right(credential=Credential.LINK, own_area=False)
BY_TOKEN = Right(credential=Credential.MESSAGE, own_area=False)
LOGGED_IN = Right(EVERYBODY)
CARING = Right(CARING_ROLES)
DESK = Right(DESK_ROLES)
ADMINISTRATORS = Right(frozenset({Role.ADMINISTRATOR}))
