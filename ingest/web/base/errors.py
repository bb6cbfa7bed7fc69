"""Errors: what ends a request before its page is made. The site turns each into an answer, in one place."""

from __future__ import annotations

from ingest.actions.base.links import LinkFault
from ingest.domain.base.rights import Right


class NoSuchPageError(Exception):
    """Nothing is here, or nothing that this person may see: answered 404 either way."""


class NotLoggedInError(Exception):
    """Nobody is logged in: pages lead to the log-in, the API answers 401."""


class BadCsrfTokenError(Exception):
    """A POST without the token that our own form carries: answered 403."""


class NoRightError(Exception):
    """Somebody of another role asked: answered as the right says."""

    def __init__(self, right: Right) -> None:
        self.right = right


class ClosedLinkError(Exception):
    """A signed link that does not open: answered 404 or 410 with a page that says why."""

    def __init__(self, fault: LinkFault, template: str = "phone_gone.html") -> None:
        self.fault, self.template = fault, template
