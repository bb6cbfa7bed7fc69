"""House: what every page of one site shares (given things, texts, templates), and how a page is written.

Made once by `make_site` and reached through `house_of(request)`. Knows no single page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ingest.domain.base.scope import MAY_OPEN_BY_HAND
from ingest.store.base.sessions import Session
from ingest.web.base.clock_words import ClockWords, countdown
from ingest.web.base.deps import SiteDeps
from ingest.web.base.languages import Catalogue, Language, choose_language, load_catalogues
from ingest.web.base.menu import menu_of
from ingest.web.base.schemes import SCHEME_COOKIE, read_scheme

LANGUAGE_COOKIE = "linshe_language"


@dataclass(frozen=True, slots=True)
class SiteContext:
    """One site's shared things."""

    deps: SiteDeps
    catalogues: dict[Language, Catalogue]
    templates: Environment

    @property
    def now(self) -> datetime:
        """The time of this request, aware UTC."""
        return self.deps.clock()

    def form_key(self) -> bytes:
        """Return the key that forms outside a session are proven with."""
        return self.deps.ctx.keys.of_purpose("forms")

    def catalogue(self, request: Request, person_language: str | None = None) -> Catalogue:
        """Return the texts in the reader's language."""
        chosen = choose_language(
            cookie=request.cookies.get(LANGUAGE_COOKIE),
            person=person_language,
            header=request.headers.get("accept-language"),
        )
        return self.catalogues[chosen]

    def page(
        self,
        request: Request,
        template: str,
        *,
        session: Session | None = None,
        person_language: str | None = None,
        status: int = 200,
        **context: object,
    ) -> HTMLResponse:
        """Write a page in the reader's language; `context` is what the template names."""
        catalogue = self.catalogue(request, session.viewer.language if session else person_language)
        now = self.now
        text = self.templates.get_template(template).render(
            t=catalogue.say,
            label=catalogue.label,
            language=catalogue.language,
            words=ClockWords(self.deps.zone, catalogue),
            countdown=countdown,
            now=now,
            viewer=session.viewer if session else None,
            may_open=session is not None and session.viewer.role in MAY_OPEN_BY_HAND,
            menu=menu_of(session.viewer.role if session else None),
            csrf=session.csrf_token if session else "",
            here_url=request.url.path,
            scheme=read_scheme(request.cookies.get(SCHEME_COOKIE)),
            **context,
        )
        return HTMLResponse(text, status, headers={"Content-Language": catalogue.language.tag, "Vary": "Cookie"})


def build_site_context(deps: SiteDeps) -> SiteContext:
    """Read catalogues and templates."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return SiteContext(deps, load_catalogues(), templates)


def site_of(request: Request) -> SiteContext:
    """Return the house that this request came to."""
    site = request.app.state.site
    if not isinstance(site, SiteContext):
        raise TypeError("the site was not made by make_site")
    return site
