"""PWA: the manifest, the service worker at the root (so that it may serve every page), the page without a network."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from ingest.web.base.site_context import site_of

router = APIRouter()
_WORKER = Path(__file__).parent.parent / "static" / "sw.js"


@router.get("/manifest.webmanifest")
async def manifest(request: Request) -> Response:
    """What a phone needs to put us on its home screen."""
    catalogue = site_of(request).catalogue(request)
    name = catalogue.say("site.name")
    content = {
        "name": name,
        "short_name": name,
        "lang": catalogue.language.tag,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f5f7",
        "theme_color": "#0b57b7",
        "icons": [{"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}],
    }
    return JSONResponse(content, media_type="application/manifest+json")


@router.get("/sw.js")
async def worker() -> Response:
    """The service worker; browsers look for a newer one at every visit."""
    return FileResponse(_WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/offline")
async def offline(request: Request) -> Response:
    """What is shown where no network is and nothing was kept."""
    return site_of(request).page(request, "offline.html")
