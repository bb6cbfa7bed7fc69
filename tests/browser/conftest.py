"""A real Chromium against a real server. A missing browser is a failure: these pages are for people's eyes."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sse_starlette.sse import AppStatus

from ingest.store.base.database import driver_url
from ingest.store.migrate import migrate
from ingest.web.site import make_site
from ingest.website import PARTS
from ingest.wings import open_database
from tests.ingest.street import PASSWORD, Clock, Street, build_street
from tests.ports import own_port

CHROMIUM = "/usr/bin/chromium"
T = TypeVar("T")
PATIENCE_S = 60
"""A busy machine may take so long to draw a page; a quick one is not kept waiting."""
expect.set_options(timeout=PATIENCE_S * 1000)


@dataclass
class Server:
    """The site on a port of its own, in a thread with its own loop; it can be stopped and started again."""

    folder: Path
    port: int
    street: Street = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: uvicorn.Server | None = None
    _serving: Any = None

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.street = self.do(self._build())

    async def _build(self) -> Street:
        db = open_database(driver_url(f"sqlite:///{self.folder / 'ingest.sqlite'}"))
        await migrate(db)
        return await build_street(db, Clock(None))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's loop and return what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def start(self) -> None:
        config = uvicorn.Config(
            make_site(self.street.deps, PARTS),
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        AppStatus.should_exit = False
        self._server = uvicorn.Server(config)
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve(), self._loop)
        deadline = time.monotonic() + PATIENCE_S
        while not self._server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop as the program does: open streams are cut."""
        assert self._server is not None
        self._server.handle_exit(signal.SIGTERM, None)
        self._serving.result(PATIENCE_S)
        # the library's word for "this process ends" is global, and this process goes on
        AppStatus.should_exit = False

    async def _wind_up(self) -> None:
        """Let no stream or watcher outlive its loop."""
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self.street.ctx.db.close()

    def close(self) -> None:
        self.do(self._wind_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path, own_port())
    running.start()
    yield running
    running.stop()
    running.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module; longer would keep Playwright's own loop running under the asynchronous tests."""
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: install the Debian package chromium (tests/packages.txt)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE_S * 1000)
        yield browser
        browser.close()


@dataclass
class Desk:
    """A page of somebody who is logged in, and everything the browser complained about."""

    page: Page
    complaints: list[str]
    hosts: set[str]


@pytest.fixture
def open_page(chromium: Browser, server: Server) -> Iterator[Callable[..., Desk]]:
    contexts: list[BrowserContext] = []

    def opened(width: int = 1280, height: int = 800, locale: str = "en-US", **more: Any) -> Desk:
        context = chromium.new_context(
            base_url=server.url, viewport={"width": width, "height": height}, locale=locale, **more
        )
        contexts.append(context)
        ctx = Desk(context.new_page(), [], set())
        ctx.page.set_default_timeout(PATIENCE_S * 1000)
        ctx.page.on("console", lambda said: ctx.complaints.append(said.text) if said.type == "error" else None)
        ctx.page.on("pageerror", lambda error: ctx.complaints.append(str(error)))
        # a number that is dialled asks no host
        ctx.page.on("request", lambda request: ctx.hosts.update(urlsplit(request.url).netloc.split()))
        return ctx

    yield opened
    for context in contexts:
        context.close()


def log_in(page: Page, login: str) -> None:
    page.goto("/")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main form.sheet button")
    page.wait_for_selector("#region")
