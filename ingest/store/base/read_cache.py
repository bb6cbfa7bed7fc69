"""Recall: a transaction that reads for many messages reads what can not change under it only once.

A transaction asks for it by `read_cache`; in all others `recalled` reads anew each time, so nobody who writes places or
rosters and then reads them meets what was there before. Nothing is kept beyond the transaction: another replica may
have changed it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

_T = TypeVar("_T")
_memories: WeakKeyDictionary[AsyncConnection, dict[Hashable, object]] = WeakKeyDictionary()


@contextmanager
def read_cache(connection: AsyncConnection) -> Iterator[None]:
    """Let what is read by `recalled` be read once until the end of the block."""
    _memories[connection] = {}
    try:
        yield
    finally:
        del _memories[connection]


def keep(connection: AsyncConnection, key: Hashable, value: object) -> None:
    """Remember what was read together with something else."""
    memory = _memories.get(connection)
    if memory is not None:
        memory[key] = value


async def recalled(connection: AsyncConnection, key: Hashable, read: Callable[[], Awaitable[_T]]) -> _T:
    """Return what `read` returns, from memory where it was read in this block; `key` begins with the reader's name."""
    memory = _memories.get(connection)
    if memory is None:
        return await read()
    if key not in memory:
        memory[key] = await read()
    return memory[key]  # type: ignore[return-value]  # the key's first part says whose it is
