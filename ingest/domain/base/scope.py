"""Scope: who sees what. Everybody sees the subtree of their own area, and nothing else."""

from __future__ import annotations

from ingest.domain.base.areas import lies_within
from ingest.domain.base.people import Actor, Role
from ingest.domain.base.rights import CARING_ROLES

MAY_OPEN_BY_HAND: frozenset[Role] = CARING_ROLES


def sees(actor: Actor, area_path: str) -> bool:
    """Return whether something at `area_path` lies in the actor's subtree."""
    return actor.is_machine or lies_within(area_path, actor.area_path)
