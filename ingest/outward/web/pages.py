"""What the outward wing adds to the site: how the centres do that events are passed on to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.domain.base.rights import DESK
from ingest.outward.domain.forwarding import FORWARD_FAILING
from ingest.outward.web import connections_page
from ingest.web.base.pages import Group, Page, WebPart

PART = WebPart(
    pages=(
        Page(
            "/connections",
            "connections",
            DESK,
            connections_page.router,
            # the centres are those of the whole house
            {"GET /api/v1/forwarders": replace(DESK, own_area=False)},
            group=Group.PLACES,
            words="connections.title",
            rank=3,
        ),
    ),
    folder=Path(__file__).parent.parent,
    system_kinds=frozenset({FORWARD_FAILING}),
)
