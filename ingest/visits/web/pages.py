"""What the visits wing adds to the site: the station's plan of the month, and each visitor's own visits."""

from __future__ import annotations

from pathlib import Path

from ingest.domain.base.rights import BY_LINK, CARING, LOGGED_IN
from ingest.visits.store.visit_hours import visit_stints
from ingest.visits.web import my_visits, visits_page
from ingest.web.base.pages import Group, OwnTab, Page, WebPart

PART = WebPart(
    pages=(
        Page(
            "/visits",
            "visits",
            CARING,
            visits_page.router,
            {
                # who visits says so from an app of their own; the visit itself decides who that is
                "POST /api/v1/visits/{visit_id}/agree": LOGGED_IN,
                "POST /api/v1/visits/{visit_id}/report": LOGGED_IN,
            },
            group=Group.PEOPLE,
            words="visit.title",
            rank=2,
        ),
        Page("/my", "my_visits", BY_LINK, my_visits.router),
    ),
    folder=Path(__file__).parent.parent,
    stints=(visit_stints,),
    own_tabs=(OwnTab("/visits", "visits", "my.visits", 2),),
)
