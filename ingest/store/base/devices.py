"""The fleet: gateways and devices as they told of themselves in their newest heartbeat. Reads; believes no shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, gateways, homes


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """One meter or detector as its gateway sees it; `last_heard` aware UTC, by the gateway's clock."""

    device: str
    home_id: str | None
    last_heard: datetime | None
    answers: int
    failures: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class GatewayHealth:
    """One gateway: when it was heard, when it must be again, and what it said."""

    gateway_id: str
    area_id: str
    area_path: str
    last_heard: datetime | None
    due_at: datetime | None
    version: str
    started_at: datetime | None
    outbox_waiting: int
    outbox_oldest_s: float
    clock_trusted: bool
    troubles: tuple[str, ...]
    devices: tuple[DeviceHealth, ...]
    homes: int
    blind: tuple[str, ...]
    """Ids of homes that it cannot see into."""

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been heard of by now, or never was."""
        return self.last_heard is None or (self.due_at is not None and self.due_at < now)


async def gateways_in(connection: AsyncConnection, scope: str) -> list[GatewayHealth]:
    """Return the gateways of a subtree, by place."""
    return await _gateways(connection, areas.c.path.startswith(scope, autoescape=True))


async def gateway_in(connection: AsyncConnection, gateway_id: str, scope: str) -> GatewayHealth | None:
    """Return one gateway of a subtree."""
    here = areas.c.path.startswith(scope, autoescape=True)
    found = await _gateways(connection, here & (gateways.c.gateway_id == gateway_id))
    return found[0] if found else None


async def gateway_of_home(connection: AsyncConnection, home_id: str) -> GatewayHealth | None:
    """Return the gateway that watches a home."""
    own = select(homes.c.gateway_id).where(homes.c.home_id == home_id).scalar_subquery()
    found = await _gateways(connection, gateways.c.gateway_id == own)
    return found[0] if found else None


async def _gateways(connection: AsyncConnection, which: ColumnElement[bool]) -> list[GatewayHealth]:
    query = (
        select(gateways, areas.c.path)
        .join_from(gateways, areas, gateways.c.area_id == areas.c.area_id)
        .where(which)
        .order_by(areas.c.path, gateways.c.gateway_id)
    )
    return [_health(row._mapping) for row in await connection.execute(query)]


def _health(row: Mapping[Any, Any]) -> GatewayHealth:
    beat = row["heartbeat_json"] or {}
    watched = [one for one in _list(beat.get("homes")) if isinstance(one.get("home"), str)]
    return GatewayHealth(
        gateway_id=row["gateway_id"],
        area_id=row["area_id"],
        area_path=row["path"],
        last_heard=row["last_heartbeat_at"],
        due_at=row["heartbeat_due_at"],
        version=str(beat.get("version", "")),
        started_at=_instant(beat.get("started_at")),
        outbox_waiting=int(beat.get("outbox_waiting", 0)),
        outbox_oldest_s=float(beat.get("outbox_oldest_s", 0.0)),
        clock_trusted=bool(beat.get("clock_trusted", True)),
        troubles=tuple(str(one) for one in beat.get("troubles") or ()),
        devices=tuple(_device(one) for one in _list(beat.get("devices"))),
        homes=len(watched),
        blind=tuple(one["home"] for one in watched if one.get("blind")),
    )


def _list(value: Any) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _device(one: Mapping[str, Any]) -> DeviceHealth:
    error = one.get("last_error")
    return DeviceHealth(
        device=str(one.get("device", "")),
        home_id=one.get("home"),
        last_heard=_instant(one.get("last_heard")),
        answers=int(one.get("answers", 0)),
        failures=int(one.get("failures", 0)),
        last_error=str(error) if error else None,
    )


def _instant(value: Any) -> datetime | None:
    """Read a time of the wire; what is none counts as not known."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None
