"""A busy day of the played month on PostgreSQL: its promises are kept, and its checks notice when they are not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ingest.store.base.database import Database
from tests.bench import month_play
from tests.bench.month import BEGIN, Wish, key_figures, play_month
from tests.bench.month_play import BrokenPromiseError
from tests.bench.month_vendor import balance

DAY = timedelta(days=1)
BUSY = Wish(homes=20, days=1, busy=40.0)


@pytest.fixture(params=["postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The month is played where a district runs."""
    return str(request.param)


async def test_a_busy_day_keeps_its_promises_and_a_broken_one_is_noticed(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month, books, _ = await play_month(db, BUSY, tmp_path)
    assert (books.lost, books.doubled) == (0, 0)
    assert books.sent > 20
    assert month.counts["take"] > 3
    assert month.counts["acknowledge"] > 3
    figures = await key_figures(db, BUSY)
    assert figures["flags_doubled"] == 0
    assert figures["alarms"] > 3
    assert figures["median_ack_s"] < 60

    vendor = month.vendors["sms"]
    key, message = next(iter(vendor.ledger.items()))
    vendor.ledger["again"] = message
    async with db.read() as connection:
        doubled = await balance(connection, list(month.vendors.values()), BEGIN)
    del vendor.ledger["again"], vendor.ledger[key]
    async with db.read() as connection:
        lost = await balance(connection, list(month.vendors.values()), BEGIN)
    lines = len(message.text.split("\n"))
    assert (doubled.doubled, lost.lost) == (lines, lines)

    async def asleep(*_: object) -> int:
        return 0

    monkeypatch.setattr(month_play, "escalate", asleep)
    with pytest.raises(BrokenPromiseError, match="with one that is over"):
        await month.play(BEGIN + 9 * DAY)
