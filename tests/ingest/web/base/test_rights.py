"""The table of rights against the site: every route has a row, and every route keeps what its row says.

Each route is asked by each role, by somebody of the area that its things lie in and by somebody of another district.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import insert
from starlette.routing import BaseRoute

from ingest.actions.duty.hand_over import write_note
from ingest.domain.base.people import Actor, Role
from ingest.domain.base.rights import BY_LINK, DESK, LOGGED_IN, Credential, Right
from ingest.store.base.tables import gateways, people
from ingest.web.base.auth import guard
from ingest.web.base.pages import Page, PageTable, UnknownRouteError, WebPart
from ingest.web.site import make_site
from ingest.website import PARTS
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, PASSWORD_HASH, Street

TABLE = PageTable(PARTS)
ENDLESS = {"GET /live"}
HERE, ELSEWHERE = "gulou", "qinhuai"
FIELDS = {
    "POST /visits/plan": {"month": "2026-12"},
    "POST /morning/seen": {"home_id": "h-001"},
    "POST /places/people/leave": {"person": "p-vol2"},
    "POST /places/people/password": {"person": "p-vol"},
    "POST /trial/live": {"factor": "0.8"},
}
"""What a form must say for the route to find what it is about."""
NOTHING_THERE = {
    "GET /tickets/{ticket_id}/photos/{photo_id}",
    "GET /api/v1/tickets/{ticket_id}/photos/{photo_id}",
    "GET /visits/one/{visit_id}",
    "POST /visits/one/{visit_id}/people",
    "POST /api/v1/visits/{visit_id}/agree",
    "POST /api/v1/visits/{visit_id}/report",
    "GET /api/v1/rosters/{roster_id}",
    "POST /trial/live",
    "POST /trial/back",
    "POST /api/v1/away/{entry_id}/until",
    "POST /api/v1/away/{entry_id}/back",
    "POST /api/v1/away/{entry_id}/revoke",
    "POST /api/v1/silences/{silence_id}/end",
    "POST /places/undo",
}
"""Routes about what this street does not have: who may is answered 404 like who may not."""


def routes_of(holder: FastAPI | APIRouter) -> Iterator[str]:
    """Return method and path of every route, those of included routers too."""
    routes: list[BaseRoute] = list(holder.routes)
    for route in routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from routes_of(inner)
        elif isinstance(route, APIRoute):
            yield from (f"{method} {route.path}" for method in route.methods or ())


def test_every_route_of_the_site_has_a_row(street: Street) -> None:
    site = make_site(street.deps, PARTS)
    assert set(routes_of(site)) == set(TABLE.rights)

    @site.get("/forgotten")
    async def forgotten() -> None:
        """Nobody gave it a row."""

    assert set(routes_of(site)) - set(TABLE.rights) == {"GET /forgotten"}


def test_a_row_that_names_a_route_which_is_not_there_is_an_error() -> None:
    router = APIRouter()
    router.add_api_route("/a", guard)
    part = WebPart([Page("/a", "a", LOGGED_IN, router, {"POST /a": DESK})], PARTS[0].folder)
    with pytest.raises(UnknownRouteError, match="names POST /a"):
        PageTable([part]).rights  # noqa: B018 - making it is what fails


def test_a_menu_row_offers_nothing_that_its_page_refuses() -> None:
    shown = [page for page in TABLE.pages if page.group]
    assert shown
    assert {page.name: TABLE.rights[f"GET {page.path}"].roles for page in shown} == {
        page.name: page.right.roles for page in shown
    }


def test_no_two_pages_have_one_name() -> None:
    names = [page.name for page in TABLE.pages]
    assert sorted(names) == sorted(set(names))


def test_a_role_that_is_not_known_may_nothing_but_what_needs_no_role() -> None:
    assert [right.allows("captain") for right in (LOGGED_IN, DESK, BY_LINK)] == [False, False, True]


async def _settle(street: Street) -> dict[str, str]:
    """Let there be somebody of each role in both districts, and what routes are about; return it by path field."""
    rows = [
        {
            "person_id": f"p-{role}-{area}", "login": f"{role}-{area}", "name": role, "role": role, "area_id": area,
            "password_hash": PASSWORD_HASH, "language": "en", "active": True,
        }
        for role in Role
        for area in (HERE, ELSEWHERE)
    ]  # fmt: skip
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(people), rows)
        await connection.execute(insert(gateways).values(gateway_id="gw-g", area_id="yard-a", key_generation=1))
    ticket = await street.ticket()
    writer = Actor("p-desk", Role.DISPATCHER, "/gulou/")
    await write_note(street.ctx, HERE, "quiet", writer, NOON, handover=True)
    return {
        "ticket_id": ticket.ticket_id, "home_id": "h-001", "gateway_id": "gw-g", "note_id": "1", "year": "2026",
        "table": "places", "sheet": "homes", "entry_id": "h-001", "day": "2026-12-24", "number": "1", "photo_id": "x",
        "visit_id": "v", "roster_id": "r", "shift_id": "s", "person": "p-vol", "silence_id": "s",
    }  # fmt: skip


async def _ask(reader: Reader, key: str, names: dict[str, str], csrf: str) -> int:
    method, path = key.split()
    if path.startswith("/places/{sheet}/one"):
        path += "?id=h-001"
    fields = {**FIELDS.get(key, {}), "csrf": csrf}
    data = None if method == "GET" or path.startswith("/api/") else fields
    answer = await reader.request(method, path.format(**names), data=data, headers={"x-csrf-token": csrf})
    assert answer.status_code < 500, (key, answer.status_code)
    return answer.status_code


def _asked() -> dict[str, Right]:
    """Return the routes for who is logged in; what ends the session comes last."""
    found = {
        key: right
        for key, right in TABLE.rights.items()
        if right.credential is Credential.LOG_IN and key not in ENDLESS
    }
    return dict(sorted(found.items(), key=lambda one: (one[0] == "POST /logout", one[0])))


@pytest.mark.parametrize("role", Role)
async def test_every_route_lets_in_whom_its_row_names(street: Street, reader: Reader, role: Role) -> None:
    names = await _settle(street)
    await reader.become(street, f"{role}-{HERE}")
    csrf = f"csrf-of-{role}-{HERE}"
    wrong = {}
    for key, right in _asked().items():
        status = await _ask(reader, key, names, csrf)
        if not right.allows(role):
            expected = status == (403 if right.tells_roles else 404)
        else:
            expected = key in NOTHING_THERE or status not in (401, 404)
        if not expected:
            wrong[key] = status
    assert wrong == {}


@pytest.mark.parametrize("role", Role)
async def test_no_route_does_anything_to_what_lies_in_another_district(
    street: Street, reader: Reader, role: Role
) -> None:
    names = await _settle(street)
    await reader.become(street, f"{role}-{ELSEWHERE}")
    csrf = f"csrf-of-{role}-{ELSEWHERE}"
    about = {key: right for key, right in _asked().items() if "{" in key and right.own_area}
    answers = {key: await _ask(reader, key, names, csrf) for key in about}
    # a table of figures, a list of entries: of their own district, and so without a thing of this one
    own_lists = {"GET /numbers/{table}.csv", "GET /places/{sheet}", "GET /api/v1/places/{sheet}",
                 "GET /api/v1/holidays/{year}", "POST /places/{sheet}/check", "POST /places/{sheet}/save"}  # fmt: skip
    assert {key: status for key, status in answers.items() if status < 400 and key not in own_lists} == {}


async def test_a_stranger_gets_nowhere_but_to_the_log_in(street: Street, reader: Reader) -> None:
    names = await _settle(street)
    found = {key: await _ask(reader, key, names, "") for key in _asked()}
    assert {key: status for key, status in found.items() if status not in (401, 303)} == {}


async def test_no_route_that_changes_something_believes_a_page_of_somebody_else(street: Street, reader: Reader) -> None:
    names = await _settle(street)
    await reader.become(street, f"administrator-{HERE}")
    changing = [key for key in _asked() if not key.startswith("GET ")]
    assert len(changing) > 40
    assert {key: status for key in changing if (status := await _ask(reader, key, names, "forged")) != 403} == {}
