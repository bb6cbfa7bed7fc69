"""Column types that mean the same on SQLite and PostgreSQL. Knows nothing of tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""A number the database gives: only INTEGER counts up by itself on SQLite."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC epoch milliseconds, so that both databases compare it as a number.

    A time without a zone is an error of the program, not something to guess at.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the milliseconds since 1970; `value` must be aware."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: pass aware UTC datetimes")
        return (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        return None if value is None else _EPOCH + timedelta(milliseconds=int(value))


class JsonText(TypeDecorator[Any]):
    """Plain JSON data in a text column: the same bytes on both databases, readable by hand."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return compact JSON."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the data."""
        return None if value is None else json.loads(value)
