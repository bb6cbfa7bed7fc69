"""Gateway clock: when, by ours, a gateway's flag can have been raised. Its own clock may be wrong by years."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, case, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.tickets.tables import flags
from models.wire.messages import FlagBody


async def latest_on_our_clock(connection: AsyncConnection, gateway_id: str, flag: FlagBody, now: datetime) -> datetime:
    """Return the latest time of our clock at which a flag that came at `now`, and is stored, can have been raised.

    No flag comes before it is raised, so the shortest way that any flag of the episode seems to have had bounds how
    far the gateway's clock is behind ours. A later flag with an earlier time says that this clock was set back in
    between: then only its arrival is known.
    """
    at, came = type_coerce(flags.c.at, BigInteger), type_coerce(flags.c.received_at, BigInteger)
    before = case((flags.c.number < flag.number, flags.c.at))
    query = select(func.min(came - at), func.max(before))
    query = query.where(flags.c.gateway_id == gateway_id, flags.c.episode == flag.episode)
    shortest_ms, newest_before = (await connection.execute(query)).one()
    if shortest_ms is None or (newest_before is not None and flag.at < newest_before):
        return now
    return min(now, flag.at + timedelta(milliseconds=int(shortest_ms)))
