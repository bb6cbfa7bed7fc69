"""Rehearse a call: who would be asked when about a home, at any time. Reads everything, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.domain.duty.plan import Plan
from ingest.domain.duty.rehearsal import MOST, Asking, rehearse
from ingest.store.base.known_people import names_among
from ingest.store.base.places import chain_of, home_by_id
from ingest.store.duty.plans import plan_for
from ingest.store.duty.reach import surroundings_of
from models.flag import Severity


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The plan that would be followed, every asking up to the one that repeats, and the names of who is asked."""

    plan: Plan
    askings: list[Asking]
    names: dict[str, str]


class UnknownHomeError(ValueError):
    """There is no such home."""


async def rehearse_call(ctx: ActionContext, home_id: str, severity: Severity, at: datetime) -> Rehearsed:
    """Return who would be asked when, if a ticket of this severity opened at `at` and nobody answered."""
    async with ctx.db.read() as connection:
        home = await home_by_id(connection, home_id)
        if home is None:
            raise UnknownHomeError(f"there is no home {home_id!r}")
        chain = await chain_of(connection, home.area_id)
        plan = await plan_for(connection, chain, severity)
        # no rehearsal is longer: each step with its waits, as often as it asks, and the quiet hours of each
        longest = sum(step.after_s + step.answer_s for step in plan.steps) * MOST
        within = (at, at + min(timedelta(seconds=longest), timedelta(days=400)))
        around = await surroundings_of(connection, chain, plan, home_id, within)
        askings = rehearse(plan, severity, at, around)
        asked = {person.person_id for asking in askings for person in asking.people}
        return Rehearsed(plan, askings, await names_among(connection, asked))
