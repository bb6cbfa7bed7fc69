"""Auditor: runs the audit, says in the log what it found, and lets a service outside know that all is well."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.upkeep.audit import audit
from ingest.worker.deadman import DeadMan

log = logging.getLogger(__name__)


class Auditor:
    """`deadman` is pinged after each round that found nothing wrong; it needs `monotonic` (seconds)."""

    def __init__(self, ctx: ActionContext, monotonic: Callable[[], float] | None, deadman: DeadMan | None) -> None:
        self._ctx = ctx
        self._monotonic = monotonic
        self._deadman = deadman

    async def run(self, now: datetime) -> int:
        """Look through everything; return how many gateways became tickets."""
        findings = await audit(self._ctx, now)
        if not findings.clean:
            log.error(
                "audit: %d live tickets had no deadline, %d are overdue",
                len(findings.without_deadline),
                len(findings.overdue),
            )
        if findings.clock_behind:
            log.error("audit: the clock is behind what was written down before: set it, see that it keeps the time")
        if findings.silent_gateways:
            log.warning("audit: no heartbeat from %s", ", ".join(findings.silent_gateways))
        if self._deadman is not None and self._monotonic is not None and findings.clean and not findings.clock_behind:
            await self._deadman.ping(self._monotonic())
        return len(findings.silent_gateways)
