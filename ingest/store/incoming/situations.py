"""Situations in the database: flags as they came and what is known of their episodes, for many flags at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, tuple_, update

from ingest.domain.incoming.triage import Episode, HeardFlag, IncomingFlag
from ingest.store.base.database import Connection, upsert
from ingest.store.tickets.tables import episodes, flags

Situation = tuple[str, str]
"""A gateway and its episode."""
FlagName = tuple[str, str]
"""A gateway and its flag."""


async def lock_episodes(connection: Connection, names: Collection[Situation]) -> dict[Situation, Episode]:
    """Return what is known of each episode, its row locked; the first flag of an episode makes the row."""
    if not names:
        return {}
    # everybody locks in the same order, so that no two batches wait for each other
    rows = [
        {"gateway_id": gateway_id, "episode": episode, "last_number": Episode().last_number, "cleared": False}
        for gateway_id, episode in sorted(names)
    ]
    # an update that changes nothing locks the row and returns it, in one statement
    mine = upsert(connection, episodes).values(rows)
    mine = mine.on_conflict_do_update(
        index_elements=["gateway_id", "episode"], set_={"last_number": episodes.c.last_number}
    )
    return {
        (row.gateway_id, row.episode): Episode(row.last_number, row.cleared, row.ticket_id)
        for row in await connection.execute(mine.returning(episodes))
    }


async def ticket_id_of(connection: Connection, name: Situation) -> str | None:
    """Return the ticket that an episode has."""
    which = (episodes.c.gateway_id == name[0], episodes.c.episode == name[1])
    return (await connection.execute(select(episodes.c.ticket_id).where(*which))).scalar_one_or_none()


async def heard_flags(connection: Connection, names: Collection[Situation]) -> dict[Situation, list[HeardFlag]]:
    """Return when the flags of each episode were raised and came."""
    found: dict[Situation, list[HeardFlag]] = {name: [] for name in names}
    if not names:
        return found
    query = select(flags.c.gateway_id, flags.c.episode, flags.c.number, flags.c.at, flags.c.received_at)
    for row in await connection.execute(query.where(tuple_(flags.c.gateway_id, flags.c.episode).in_(sorted(names)))):
        found[row.gateway_id, row.episode].append(HeardFlag(row.number, row.at, row.received_at))
    return found


async def store_flags(
    connection: Connection, incoming: Sequence[IncomingFlag], known: Mapping[Situation, Episode], now: datetime
) -> set[FlagName]:
    """Store the flags that are not there yet, with the ticket their episode has; return their names."""
    first: dict[FlagName, IncomingFlag] = {}
    for one in incoming:
        first.setdefault((one.gateway_id, one.flag.flag_id), one)
    if not first:
        return set()
    rows = [_row(one, known[one.situation].ticket_id, now) for one in first.values()]
    statement = upsert(connection, flags).values(rows).on_conflict_do_nothing(index_elements=["gateway_id", "flag_id"])
    stored = await connection.execute(statement.returning(flags.c.gateway_id, flags.c.flag_id))
    return {(row.gateway_id, row.flag_id) for row in stored}


def _row(one: IncomingFlag, ticket_id: str | None, now: datetime) -> dict[str, Any]:
    flag = one.flag
    return {
        "flag_id": flag.flag_id,
        "message_id": one.message_id,
        "gateway_id": one.gateway_id,
        "episode": flag.episode,
        "number": flag.number,
        "home_id": flag.home,
        "kind": flag.kind.value,
        "severity": flag.severity.value,
        "event": flag.event.value,
        "at": flag.at,
        "since": flag.since,
        "score": flag.score,
        "reason": flag.reason,
        "text_zh": flag.text_zh,
        "text_en": flag.text_en,
        "facts_json": flag.facts,
        "ticket_id": ticket_id,
        "received_at": now,
        "waited_s": flag.waited_s,
    }


async def record_episodes(connection: Connection, known: Mapping[Situation, Episode]) -> None:
    """Write what is known of episodes now; their rows are there."""
    statement = (
        update(episodes)
        .where(episodes.c.gateway_id == bindparam("of_gateway"), episodes.c.episode == bindparam("of_episode"))
        .values(last_number=bindparam("newest"), cleared=bindparam("is_cleared"), ticket_id=bindparam("of_ticket"))
    )
    rows = [
        {
            "of_gateway": gateway_id,
            "of_episode": episode,
            "newest": one.last_number,
            "is_cleared": one.cleared,
            "of_ticket": one.ticket_id,
        }
        for (gateway_id, episode), one in sorted(known.items())
    ]
    if rows:
        await connection.execute(statement, rows)


async def give_flags(
    connection: Connection, named: Mapping[FlagName, str | None], orphans: Mapping[Situation, str]
) -> None:
    """Let flags belong to tickets, and then whatever of an episode belongs to none: `orphans` say whose that is.

    Evidence that came before its ticket (a CLEARED that overtook) belongs to it as well.
    """
    of_gateway = flags.c.gateway_id == bindparam("of_gateway")
    of_ticket: BindParameter[str] = bindparam("of_ticket")
    if named:
        rows = [{"of_gateway": gw, "of_name": name, "of_ticket": ticket} for (gw, name), ticket in named.items()]
        this = update(flags).where(of_gateway, flags.c.flag_id == bindparam("of_name"))
        await connection.execute(this.values(ticket_id=of_ticket), rows)
    if orphans:
        rows = [{"of_gateway": gw, "of_name": name, "of_ticket": ticket} for (gw, name), ticket in orphans.items()]
        rest = update(flags).where(of_gateway, flags.c.episode == bindparam("of_name"), flags.c.ticket_id.is_(None))
        await connection.execute(rest.values(ticket_id=of_ticket), rows)
