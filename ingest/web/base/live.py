"""Live: tells open pages that something has changed, so that they fetch themselves anew. Carries no facts itself.

Web and worker may be separate processes, so the news is a counter in the database; one watcher per process reads it
for all open pages, and only while there are any. A page hears a beat only after the database has been reached: with
the database gone the beats stop, and the page says that it is stale.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from ingest.store.base.change_counter import current_change
from ingest.store.base.database import Database, DatabaseError
from ingest.web.base.auth import Who, session_or_none
from ingest.web.base.site_context import SiteContext, site_of

_log = logging.getLogger(__name__)
router = APIRouter()
LOOK_EVERY = timedelta(milliseconds=250)
BEAT_EVERY = timedelta(seconds=4)
CHECK_SESSION_EVERY = 5
"""Beats between two looks at whether the session is still good."""


@dataclass(slots=True)
class ChangeWatch:
    """Reads the counter every `LOOK_EVERY` while somebody listens. `number` None: the database can't be reached."""

    db: Database
    number: int | None = None
    _listeners: int = 0
    _task: asyncio.Task[None] | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self, beat: timedelta = BEAT_EVERY) -> AsyncIterator[int | None]:
        """Yield the counter at once, when it grows, and at every beat; None while it can't be read."""
        self._listeners += 1
        try:
            if self._task is None or self._task.done():
                await self._look()
                self._task = asyncio.create_task(self._watch())
            told = self.number
            yield told
            while True:
                await self._wait_for_other_than(told, beat)
                told = self.number
                yield told
        finally:
            self._listeners -= 1

    async def _wait_for_other_than(self, told: int | None, beat: timedelta) -> None:
        try:
            async with asyncio.timeout(beat.total_seconds()), self._news:
                await self._news.wait_for(lambda: self.number != told)
        except TimeoutError:
            return

    async def _watch(self) -> None:
        while self._listeners:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            before = self.number
            await self._look()
            if self.number != before:
                async with self._news:
                    self._news.notify_all()

    async def _look(self) -> None:
        try:
            async with self.db.read() as connection:
                number = await current_change(connection)
        except (DatabaseError, OSError) as error:
            if self.number is not None:
                _log.warning(
                    "live pages: the database can't be read (%s); pages show that they are stale", type(error).__name__
                )
            self.number = None
            return
        if self.number is None:
            _log.info("live pages: reading the change counter")
        self.number = number


@router.get("/live")
async def stream(request: Request, session: Who) -> Response:
    """The stream of changes and beats of one page."""
    watch: ChangeWatch = request.app.state.change_watch
    return EventSourceResponse(_events(request, site_of(request), watch), ping=60)


async def _events(request: Request, site: SiteContext, watch: ChangeWatch) -> AsyncIterator[ServerSentEvent]:
    beats = 0
    async for number in watch.listen():
        beats += 1
        if number is None:
            continue
        if beats % CHECK_SESSION_EVERY == 0 and await session_or_none(request) is None:
            return
        yield ServerSentEvent(data=json.dumps({"change": number, "now": site.now.timestamp()}))
