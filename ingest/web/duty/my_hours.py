"""My hours on the phone: what a person did this month and the last – alarms, visits, and hours on call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ingest.actions.base.links import PERSONAL_PATH as PATH
from ingest.domain.tickets.stints import Stint
from ingest.store.duty.my_duty import minutes_on_call
from ingest.store.tickets.hours import hours_of
from ingest.store.tickets.queries import area_names
from ingest.web.base.languages import Catalogue
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places
from ingest.web.duty.my_page import Mine, write_own_page

router = APIRouter(prefix=PATH.rstrip("/"))


@dataclass(frozen=True, slots=True)
class MonthOfHours:
    """What somebody did in one month."""

    since: datetime
    stints: list[Stint]
    on_call_minutes: int

    @property
    def minutes(self) -> int:
        """Minutes of work."""
        return sum(stint.minutes for stint in self.stints)

    @property
    def visits(self) -> int:
        """How many visits are among it."""
        return sum(stint.ticket_id.startswith("v-") for stint in self.stints)

    @property
    def alarms(self) -> int:
        """How many alarms are among it."""
        return len(self.stints) - self.visits


@router.get("/{token}/hours")
async def show_my_hours(request: Request, me: Mine) -> Response:
    """What I did this month and the last: alarms, visits, and hours on call."""
    site, now = site_of(request), site_of(request).now
    first = now.astimezone(site.deps.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = (first - timedelta(days=1)).replace(day=1)
    months = []
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        # what has ended this very moment is done as well
        for since, until in ((first, now + timedelta(seconds=1)), (before, first)):
            others = await site.table.other_stints(connection, "/", since, until)
            stints = await hours_of(connection, me.person.person_id, since, until, now)
            stints += [stint for stint in others if stint.person_id == me.person.person_id]
            stints.sort(key=lambda stint: stint.start)
            on_call = await minutes_on_call(connection, me.person.person_id, me.person.scope, (since, until))
            months.append(MonthOfHours(since, stints, on_call))
    catalogue = site.catalogue(request, me.person.language)
    return write_own_page(
        request,
        "my_hours.html",
        me,
        months=months,
        places=Places(areas, catalogue.language),
        lasted=partial(lasted, catalogue),
    )


def lasted(words: Catalogue, minutes: int) -> str:
    """Return a length of work in words, as `2 h 5 min`."""
    if minutes < 60:
        return words.say("my.lasted_minutes", minutes=minutes)
    return words.say("my.lasted", hours=minutes // 60, minutes=minutes % 60)
