"""What the figures wing adds to the site: the key figures."""

from __future__ import annotations

from pathlib import Path

from ingest.domain.base.rights import LOGGED_IN
from ingest.figures.web import kpi_page
from ingest.web.base.pages import Group, Page, WebPart

PART = WebPart(
    pages=(
        Page("/numbers", "numbers", LOGGED_IN, kpi_page.router, group=Group.FIGURES, words="numbers.title", rank=1),
    ),
    folder=Path(__file__).parent.parent,
)
