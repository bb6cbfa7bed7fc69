"""Pages of the heart: one row each. A new page is its module, its template, its words, and a row here (or, of a wing,
in the wing's `web/pages.py`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.domain.base.rights import ADMINISTRATORS, BY_LINK, BY_TOKEN, CARING, DESK, LOGGED_IN, OPEN
from ingest.domain.duty.coverage_notices import ROSTER_HOLE
from ingest.domain.notices.delivery import CHANNEL_FAILING
from ingest.domain.tickets.ticket import CANARY_FAILED, GATEWAY_SILENT
from ingest.web.base import health, live, login_pages, pwa
from ingest.web.base.pages import Group, OwnTab, Page, WebPart
from ingest.web.duty import coverage_page, handover_page, my_hours, my_page, rosters_api
from ingest.web.evidence import home_page
from ingest.web.ledger import care_api, ledger_page, morning_page
from ingest.web.notices import push_api
from ingest.web.tickets import (
    api,
    board,
    closed_page,
    find,
    opening,
    phone,
    phone_care,
    ticket_care,
    ticket_care_api,
    ticket_page,
)

_WHOLE_SITE = replace(LOGGED_IN, own_area=False)
_DESK_API = replace(DESK, tells_roles=True)
_HOLIDAYS = replace(ADMINISTRATORS, tells_roles=True, own_area=False)
"""The calendar is everybody's."""

PAGES = (
    Page("/healthz", "health", OPEN, health.router),
    Page("/login", "login", OPEN, login_pages.router, {"POST /logout": _WHOLE_SITE}),
    Page("/", "board", LOGGED_IN, board.router, group=Group.NOW, words="board.title", rank=1),
    Page("/wall", "wall", LOGGED_IN, group=Group.SHIFT, words="wall.title", rank=3),
    Page("/find", "find", LOGGED_IN, find.router),
    Page("/handover", "handover", LOGGED_IN, handover_page.router, group=Group.SHIFT, words="handover.title", rank=1),
    Page("/homes", "home", CARING, home_page.router),
    Page("/live", "live", _WHOLE_SITE, live.router),
    Page("/closed", "closed", LOGGED_IN, closed_page.router, group=Group.SHIFT, words="closed.title", rank=2),
    Page("/holes", "holes", CARING, coverage_page.router, group=Group.PEOPLE, words="holes.title", rank=4),
    Page("/morning", "morning", CARING, morning_page.router, group=Group.NOW, words="morning.title", rank=2),
    Page("/tickets/new", "new", CARING, opening.router, group=Group.NOW, words="open.title", rank=4),
    Page("/tickets", "ticket", LOGGED_IN, ticket_page.router),
    Page("/tickets", "ticket_care", LOGGED_IN, ticket_care.router),
    Page("/go", "phone", BY_LINK, phone.router),
    Page("/go", "phone_care", BY_LINK, phone_care.router),
    Page("/offline", "pwa", OPEN, pwa.router),
    Page("/api/v1", "api", LOGGED_IN, api.router, {"POST /api/v1/login": OPEN}),
    Page("/api/v1/tickets", "ticket_care_api", LOGGED_IN, ticket_care_api.router),
    Page("/api/v1", "care_api", LOGGED_IN, care_api.router),
    Page(
        "/api/v1",
        "rosters_api",
        LOGGED_IN,
        rosters_api.router,
        {
            "PUT /api/v1/rosters/{roster_id}": _DESK_API,
            "GET /api/v1/roster-check": replace(CARING, tells_roles=True),
            "GET /api/v1/plan-rehearsal": _DESK_API,
            "POST /api/v1/holidays/{year}": _HOLIDAYS,
            "PUT /api/v1/holidays/{year}/{day}": _HOLIDAYS,
        },
    ),
    Page("/ledger", "ledger", LOGGED_IN, ledger_page.router, group=Group.PEOPLE, words="ledger.title", rank=1),
    Page("/api/v1/push", "push_api", BY_TOKEN, push_api.router),
    Page("/my", "my", BY_LINK, my_page.router, {"GET /my": _WHOLE_SITE}),
    Page("/my", "my_hours", BY_LINK, my_hours.router),
)

HEART = WebPart(
    pages=PAGES,
    folder=Path(__file__).parent,
    own_tabs=(OwnTab("", "shifts", "my.shifts", 1), OwnTab("/hours", "hours", "my.hours", 4)),
    system_kinds=frozenset({GATEWAY_SILENT, CANARY_FAILED, CHANNEL_FAILING, ROSTER_HOLE}),
    state={"find_index": find.FindIndex},
)
