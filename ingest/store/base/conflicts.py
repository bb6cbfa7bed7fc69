"""Conflicts: a transaction that the database gave up for another's sake is simply done again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_P = ParamSpec("_P")
_R = TypeVar("_R")

MOST_TRIES = 5
_SQLSTATES = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock detected (PostgreSQL, appendix A). SQLite's writers queue and never meet."""

_BAD_DATA = "22"
"""The class of states for what can not be represented, such as a zero byte in a text."""


class OvertakenError(RuntimeError):
    """Another writer changed what we decide about between our reading and our writing: begin the transaction again."""


def again_on_conflict(action: Callable[_P, Awaitable[_R]]) -> Callable[_P, Awaitable[_R]]:
    """Return `action`, which must be one whole transaction, tried up to `MOST_TRIES` times on a conflict."""

    @wraps(action)
    async def tried(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for _ in range(MOST_TRIES - 1):
            try:
                return await action(*args, **kwargs)
            except (DBAPIError, OvertakenError) as error:
                if not is_conflict(error):
                    raise
        return await action(*args, **kwargs)

    return tried


def is_conflict(error: Exception) -> bool:
    """Return whether the same transaction may well succeed when it is done again."""
    if isinstance(error, OvertakenError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _SQLSTATES


def is_its_own(error: Exception) -> bool:
    """Return whether the fault lies in what was to be stored, and not in a database that is away for a while."""
    if isinstance(error, DBAPIError):
        return str(getattr(error.orig, "sqlstate", None) or "").startswith(_BAD_DATA)
    return not isinstance(error, OSError | SQLAlchemyError)
