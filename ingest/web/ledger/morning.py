"""Morning: which homes have shown themselves today, and which have not, are away, overdue or out of sight. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ingest.store.ledger.absences import AwayRow
from ingest.store.ledger.home_states import HomeStatus, Watch
from ingest.store.ledger.home_status import Stand
from ingest.store.tickets.queries import HomeRow

DAY_BEGINS = time(4)
"""Local: who goes to the bathroom at three has not got up yet."""
NEWS_AFTER = timedelta(minutes=30)
"""A home of which nothing was heard for so long is out of sight, whatever was said last."""


class Morning(StrEnum):
    """How a home stands this morning."""

    NOT_SEEN = "not_seen"
    BLIND = "blind"
    OVERDUE = "overdue"
    AWAY = "away"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class MorningHome:
    """One home; `standing` and `away` are None where there is none."""

    home: HomeRow
    morning: Morning
    standing: HomeStatus | None
    away: AwayRow | None
    spoken_to: datetime | None

    @property
    def last_sign(self) -> datetime | None:
        """The last sign of life, or when somebody spoke to the resident."""
        seen = None if self.standing is None else self.standing.last_sign_at
        known = [at for at in (seen, self.spoken_to) if at is not None]
        return max(known, default=None)

    @property
    def noticed_by(self) -> datetime | None:
        """When a fall would be noticed by itself, at the latest."""
        return self.standing.noticed_by if self.standing else None


def day_began(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the running day began: the last `DAY_BEGINS` of the wall's clock."""
    local = now.astimezone(zone)
    day = local.date() if local.time() >= DAY_BEGINS else local.date() - timedelta(days=1)
    return datetime.combine(day, DAY_BEGINS, zone)


def home_statuses(stand: Stand, now: datetime, zone: ZoneInfo) -> list[MorningHome]:
    """Judge every home, in the order given."""
    began = day_began(now, zone)
    return [_of(home, stand, began, now) for home in stand.homes]


def _of(home: HomeRow, stand: Stand, began: datetime, now: datetime) -> MorningHome:
    standing, away = stand.standings.get(home.home_id), stand.away.get(home.home_id)
    spoken = stand.spoken_to.get(home.home_id)
    sign = standing.last_sign_at if standing else None
    if (sign is not None and sign >= began) or spoken is not None:
        morning = Morning.SEEN
    elif away is not None and away.until is not None and away.until <= now:
        morning = Morning.OVERDUE
    elif away is not None or (standing is not None and standing.watch is Watch.AWAY):
        morning = Morning.AWAY
    elif standing is None or standing.watch is Watch.BLIND or now - standing.at > NEWS_AFTER:
        morning = Morning.BLIND
    else:
        morning = Morning.NOT_SEEN
    return MorningHome(home, morning, standing, away, spoken)


def waiting(found: Iterable[MorningHome], morning: Morning) -> list[MorningHome]:
    """Return the homes that stand so, whoever would be noticed soonest first; without a budget, the longest silent."""

    def key(one: MorningHome) -> tuple[bool, float, str]:
        at = one.noticed_by or one.last_sign
        return (at is None, at.timestamp() if at else 0.0, one.home.home_id)

    return sorted((one for one in found if one.morning is morning), key=key)
