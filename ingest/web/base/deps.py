"""What the site is given by the composition root; everything it may touch beyond its own files is here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.domain.notices.push import PushOffer


@dataclass(frozen=True, slots=True)
class SiteDeps:
    """`clock` gives aware UTC, `zone` is the site's; `tls` says that browsers reach us by HTTPS.

    `push` is what browsers are offered that may ring, None where that is not set up.
    """

    ctx: ActionContext
    clock: Callable[[], datetime]
    zone: ZoneInfo
    tls: bool = False
    push: PushOffer | None = None
