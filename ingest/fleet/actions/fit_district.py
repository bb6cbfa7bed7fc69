"""Fit a district: what its gateways counted goes out to be fitted, and the fitted prior comes back to hold there."""

from __future__ import annotations

import json
from datetime import date, datetime

from ingest.actions.base.context import ActionContext
from ingest.fleet.store.habit_counts import counts_in, drop_prior, gateways_in, put_prior
from ingest.fleet.store.tables import settings_mail
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.database import Connection
from ingest.store.base.places import path_if_known
from ingest.store.ledger.gateway_messages import mark
from models.fit.counts import Counts, as_text
from models.household.spells.habits import HabitCell, added
from models.household.spells.prior import PriorError, checked
from models.wire.messages import PriorTable

_PRIOR_VERSION = 1
LEAST_FITTED = 30
"""The shipped prior stands on seventy homes."""


class PriorFileError(ValueError):
    """An area that is not there, or a prior that can't be used; the message says what to do."""


async def district_counts(ctx: ActionContext, area_id: str, since: date) -> tuple[str, int]:
    """Return the text of a counts file for `python -m models.fit`, and of how many gateways it tells.

    A gateway is a line without its name: who it is matters to no fit.
    """
    async with ctx.db.read() as connection:
        found = await counts_in(connection, await _path(connection, area_id), since)
    counts = [
        Counts(one.homes, added({HabitCell(*cell[:3]): cell[3] for cell in week} for week in one.weeks))
        for one in found
    ]
    return as_text(counts), len(counts)


async def load_fitted(ctx: ActionContext, area_id: str, text: str, now: datetime) -> int:
    """Let a fitted prior hold in an area and tell its gateways; return how many those are."""
    prior = read_prior(text)
    async with ctx.db.write() as connection:
        path = await _path(connection, area_id)
        await put_prior(connection, area_id, prior, now)
        return await _tell(connection, area_id, path, "prior_loaded", now)


async def drop_fitted(ctx: ActionContext, area_id: str, now: datetime) -> int:
    """Take an area's prior back and tell its gateways; return how many those are."""
    async with ctx.db.write() as connection:
        path = await _path(connection, area_id)
        if not await drop_prior(connection, area_id):
            raise PriorFileError(f"{area_id} has no prior of its own; there is nothing to take back")
        return await _tell(connection, area_id, path, "prior_dropped", now)


async def _tell(connection: Connection, area_id: str, path: str, event: str, now: datetime) -> int:
    told = await gateways_in(connection, path)
    for gateway_id in told:
        await mark(connection, settings_mail, gateway_id, now)
    await write_audit(connection, now, event, actor=None, subject=area_id, detail={"gateways": len(told)})
    return len(told)


def read_prior(text: str) -> PriorTable:
    """Return the prior in a file of `python -m models.fit --prior`; raises `PriorFileError`."""
    try:
        body = json.loads(text)
        version = body["version"]
        prior = PriorTable(int(body["homes"]), body["off"], body["on"])
        checked(prior.off, prior.on)
    except PriorError as error:
        raise PriorFileError(f"the prior can't be used: {error}; look at the counts before fitting again") from error
    except (KeyError, TypeError, ValueError) as error:
        raise PriorFileError("this is no prior; give the file that python -m models.fit --prior wrote") from error
    if prior.homes < LEAST_FITTED:
        raise PriorFileError(
            f"the prior is fitted on {prior.homes} homes: fewer than {LEAST_FITTED} say less than the shipped one; wait"
        )
    if version != _PRIOR_VERSION:
        raise PriorFileError(f"the prior is of version {version!r}, this program reads {_PRIOR_VERSION}")
    return prior


async def _path(connection: Connection, area_id: str) -> str:
    path = await path_if_known(connection, area_id)
    if path is None:
        raise PriorFileError(f"there is no area {area_id!r}; load the places first")
    return path
