"""What the families wing adds to the site: consents at the desk, and the household's own page."""

from __future__ import annotations

from pathlib import Path

from ingest.domain.base.rights import BY_LINK, CARING
from ingest.families.web import family_page, household_page
from ingest.web.base.pages import Group, Page, WebPart

PART = WebPart(
    pages=(
        Page("/family", "family", CARING, family_page.router, group=Group.PEOPLE, words="family.title", rank=3),
        Page("/home", "household", BY_LINK, household_page.router),
    ),
    folder=Path(__file__).parent.parent,
)
