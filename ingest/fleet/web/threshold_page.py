"""Trial: another line of silences, tried on the weeks behind us before anybody is sent by it; then let live, or not.

Worked out aside in a thread, and once an hour for each area: the weeks behind us do not change in between.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from ingest.domain.base.rights import ADMINISTRATORS
from ingest.fleet.actions.shift_thresholds import Shift, last_shift, shift_back, shift_thresholds
from ingest.fleet.domain.threshold_preview import FACTORS, FALLS, LEARNING_S, Tried, preview_thresholds
from ingest.fleet.store.threshold_preview import Happened, happened, pasts_of
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import CsrfForm
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import actor_of

router = APIRouter(prefix="/trial")
LOOKS_BACK = timedelta(days=60)
KEPT_FOR = timedelta(hours=1)
MOST_KEPT = 64
BUDGETS = (0.1, 0.3, 1.0, 2.7)
"""What a gateway may be set to: false alarms per home and 30 days."""
LEAST_HOMES = 3


@dataclass(frozen=True, slots=True)
class ThresholdPreview:
    """What was tried, and on what."""

    at: datetime
    homes: int
    hours: int
    tried: list[Tried]
    happened: Happened


@dataclass(slots=True)
class ThresholdPreviews:
    """Trials of the last hour, by area and budget."""

    kept: dict[tuple[str, float], ThresholdPreview] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, site: SiteContext, scope: str, budget: float) -> ThresholdPreview:
        """Return a trial that is young enough, or make it; one at a time, for it takes a core."""
        async with self.lock:
            found = self.kept.get((scope, budget))
            if found is None or site.now - found.at > KEPT_FOR:
                if len(self.kept) >= MOST_KEPT:
                    self.kept.clear()
                found = self.kept[scope, budget] = await _try(site, scope, budget)
            return found


class ThresholdForm(CsrfForm):
    """Which line is to hold from now on."""

    factor: float = 1.0


@router.get("")
async def show_threshold_preview(
    request: Request, session: Who, factor: Annotated[float, Query()] = 1.0, budget: Annotated[float, Query()] = 1.0
) -> Response:
    """What each line would have given, the chosen one beside that of today."""
    site, scope = site_of(request), session.viewer.scope
    budget = budget if budget in BUDGETS else 1.0
    trials: ThresholdPreviews = request.app.state.threshold_previews
    trial = await trials.of(site, scope, budget)
    async with site.deps.ctx.db.read() as connection:
        shift: Shift | None = await last_shift(connection, scope)
    chosen = factor if factor in FACTORS else 1.0
    return site.page(
        request, "trial.html", session=session, trial=trial, budget=budget, budgets=BUDGETS, factors=FACTORS,
        chosen=next(one for one in trial.tried if one.factor == chosen), today=_today(trial), shift=shift,
        enough=trial.homes >= LEAST_HOMES and _today(trial).home_days > 0, falls=FALLS,
        days=LOOKS_BACK.days, learning=int(LEARNING_S // 86_400), percent=lambda one: round(abs(100 * (one - 1))),
        may=ADMINISTRATORS.allows(session.viewer.role),
    )  # fmt: skip


@router.post("/live")
async def let_live(request: Request, session: Who, form: Annotated[ThresholdForm, Form()]) -> Response:
    """Let the line hold from now on; the gateways are told."""
    site = site_of(request)
    if (
        form.factor == 1.0
        or await shift_thresholds(site.deps.ctx, form.factor, actor_of(session.viewer), site.now) is None
    ):
        raise NoSuchPageError
    request.app.state.threshold_previews.kept.clear()
    return RedirectResponse("/trial", 303)


@router.post("/back")
async def take_back(request: Request, session: Who, form: Annotated[ThresholdForm, Form()]) -> Response:
    """Let lines be as they were before."""
    site = site_of(request)
    if await shift_back(site.deps.ctx, actor_of(session.viewer), site.now) is None:
        raise NoSuchPageError
    request.app.state.threshold_previews.kept.clear()
    return RedirectResponse("/trial", 303)


async def _try(site: SiteContext, scope: str, budget: float) -> ThresholdPreview:
    since = site.now - LOOKS_BACK
    async with site.deps.ctx.db.read() as connection:
        pasts = await pasts_of(connection, scope, since, site.now)
        found = await happened(connection, [past.home_id for past in pasts], since)
    tried = await asyncio.to_thread(preview_thresholds, pasts, site.deps.zone, budget=budget)
    hours = sum(hour.signs is not None for past in pasts for hour in past.hours)
    return ThresholdPreview(site.now, len(pasts), hours, tried, found)


def _today(trial: ThresholdPreview) -> Tried:
    return next(one for one in trial.tried if one.factor == 1.0)
