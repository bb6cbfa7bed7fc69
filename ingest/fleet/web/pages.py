"""What the fleet wing adds to the site: gateways, the trial of thresholds, the wall's line of test alarms."""

from __future__ import annotations

from pathlib import Path

from ingest.domain.base.rights import ADMINISTRATORS, CARING, DESK
from ingest.fleet.domain.test_alarm import CANARY_LATE
from ingest.fleet.store.test_alarms import alarm_test_board
from ingest.fleet.web import fleet_page, threshold_page
from ingest.web.base.pages import Group, Page, WallLine, WebPart

PART = WebPart(
    pages=(
        Page("/fleet", "fleet", CARING, fleet_page.router, group=Group.PLACES, words="fleet.title", rank=1),
        Page(
            "/trial",
            "trial",
            DESK,
            threshold_page.router,
            {"POST /trial/live": ADMINISTRATORS, "POST /trial/back": ADMINISTRATORS},
            group=Group.FIGURES,
            words="trial.title",
            rank=2,
        ),
    ),
    folder=Path(__file__).parent.parent,
    wall_lines=(WallLine("wall_test_alarms.html", alarm_test_board),),
    system_kinds=frozenset({CANARY_LATE}),
    state={"threshold_previews": threshold_page.ThresholdPreviews},
)
