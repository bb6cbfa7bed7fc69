"""What the places wing adds to the site: places and people, their API, the map, installers' homes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.domain.base.rights import ADMINISTRATORS, BY_LINK, CARING, DESK
from ingest.places.web import map_page, my_devices, places_api, places_page
from ingest.web.base.pages import Group, OwnTab, Page, WebPart

_WRITES = replace(ADMINISTRATORS, tells_roles=True)

PART = WebPart(
    pages=(
        Page("/map", "map", CARING, map_page.router, group=Group.NOW, words="map.title", rank=3),
        Page("/places", "places", ADMINISTRATORS, places_page.router, group=Group.PLACES, words="place.title", rank=2),
        Page(
            "/api/v1/places",
            "places_api",
            replace(DESK, tells_roles=True),
            places_api.router,
            {
                "POST /api/v1/places/import": _WRITES,
                "PUT /api/v1/places/{sheet}/{entry_id}": _WRITES,
                "PATCH /api/v1/places/{sheet}/{entry_id}": _WRITES,
            },
        ),
        Page("/my", "my_devices", BY_LINK, my_devices.router),
    ),
    folder=Path(__file__).parent.parent,
    own_tabs=(OwnTab("/devices", "devices", "device.tab", 3, for_installers=True),),
)
