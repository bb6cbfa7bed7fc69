"""What every test of the web part starts from: a place, and a browser-like client of its site."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from ingest.store.base.database import Database
from ingest.store.base.sessions import open_session
from ingest.web.base.auth import SESSION_COOKIE
from ingest.web.site import make_site
from ingest.website import PARTS
from tests.ingest.street import PASSWORD, Street, build_street


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """Only the tests of what pages read need both databases; they say so themselves."""
    return str(request.param)


@pytest.fixture
async def street(db: Database) -> Street:
    return await build_street(db)


class Reader(httpx2.AsyncClient):
    """A browser as far as the site can tell: keeps cookies, asks for pages, copies the CSRF token from the form."""

    async def log_in(self, login: str, password: str = PASSWORD) -> httpx2.Response:
        page = await self.get("/login")
        return await self.post("/login", data={"login": login, "password": password, "csrf": token_in(page.text)})

    async def become(self, street: Street, login: str) -> None:
        """Be logged in as somebody, without the slow check of a password."""
        token = f"session-of-{login}"
        async with street.ctx.db.write() as connection:
            await open_session(
                connection, token=token, csrf_token=f"csrf-of-{login}", person_id=f"p-{login}", now=street.clock()
            )
        self.cookies.set(SESSION_COOKIE, token)

    async def press(self, page: str, event: str, **fields: str | list[str]) -> httpx2.Response:
        """Press a button of a page as the form would send it."""
        return await self.send_form(await self.get(page), event, **fields)

    async def send_form(self, page: httpx2.Response, event: str, **fields: str | list[str]) -> httpx2.Response:
        form = form_in(page.text, event)
        action = re.search(r'action="([^"]+)"', form)
        target = action.group(1) if action else page.request.url.path
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        return await self.post(target, data={**hidden, **fields})


def form_in(text: str, event: str) -> str:
    """Return the form of a button; its absence is an error of the test."""
    found = re.search(rf'<form[^>]*id="do-{event}".*?</form>', text, re.DOTALL)
    assert found, f"no button {event} on the page"
    return found.group(0)


def token_in(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found, "no csrf token on the page"
    return found.group(1)


@pytest.fixture
async def reader(street: Street) -> AsyncIterator[Reader]:
    transport = httpx2.ASGITransport(make_site(street.deps, PARTS))
    headers = {"accept": "text/html", "accept-language": "en"}
    async with Reader(transport=transport, base_url="http://testserver", headers=headers) as client:
        yield client
