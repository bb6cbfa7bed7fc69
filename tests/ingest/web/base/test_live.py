"""The stream behind live pages: news at once, beats only while the database answers, nothing left running."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from ingest.web.base.live import ChangeWatch
from tests.ingest.street import Street

SOON = timedelta(milliseconds=100)
LONG = timedelta(seconds=30)


async def test_a_listener_hears_the_number_at_once_and_again_when_it_grows(street: Street) -> None:
    watch = ChangeWatch(street.ctx.db)
    news = watch.listen(LONG)
    before = await anext(news)
    heard = asyncio.ensure_future(anext(news))
    await street.ticket()
    after = await asyncio.wait_for(heard, 60)
    assert before is not None
    assert after is not None
    assert after > before
    await news.aclose()


async def test_without_news_there_are_beats(street: Street) -> None:
    news = ChangeWatch(street.ctx.db).listen(SOON)
    first = await anext(news)
    assert [await anext(news) for _ in range(3)] == [first] * 3
    await news.aclose()


async def test_the_watcher_rests_when_nobody_listens(street: Street) -> None:
    watch = ChangeWatch(street.ctx.db)
    before = asyncio.all_tasks()
    one, two = watch.listen(LONG), watch.listen(LONG)
    await anext(one)
    await anext(two)
    assert len(asyncio.all_tasks() - before) == 1
    await one.aclose()
    await two.aclose()
    async with asyncio.timeout(60):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.05)
    again = watch.listen(LONG)
    assert await anext(again) is not None
    await again.aclose()


async def test_with_the_database_gone_there_is_no_number_and_one_line_in_the_log(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    watch = ChangeWatch(street.ctx.db)
    news = watch.listen(SOON)
    assert await anext(news) is not None
    await rename(street, "changes", "lost")
    with caplog.at_level(logging.INFO, "ingest.web.base.live"):
        while await asyncio.wait_for(anext(news), 60) is not None:
            pass
        assert [await anext(news) for _ in range(8)] == [None] * 8
        await rename(street, "lost", "changes")
        while await asyncio.wait_for(anext(news), 60) is None:
            pass
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    await news.aclose()


async def rename(street: Street, old: str, new: str) -> None:
    async with street.ctx.db.write() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
