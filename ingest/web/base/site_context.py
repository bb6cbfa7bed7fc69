"""Site context: what every page of one site shares (given things, texts, templates, rights), and how a page is written.

Made once by `make_site` and reached through `site_of(request)`. Knows no single page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ingest.actions.base.context import ActionContext
from ingest.domain.base.rights import CARING
from ingest.domain.notices.push import PushOffer
from ingest.store.base.sessions import Session
from ingest.web.base.clock_words import ClockWords, countdown
from ingest.web.base.forms import csrf_token
from ingest.web.base.languages import Catalogue, Language, choose_language, load_catalogues
from ingest.web.base.pages import PageTable, WebPart
from ingest.web.base.schemes import SCHEME_COOKIE, read_scheme

LANGUAGE_COOKIE = "linshe_language"


@dataclass(frozen=True, slots=True)
class SiteDeps:
    """What the site is given by the composition root: everything it may touch beyond its own files.

    `clock` gives aware UTC, `zone` is the site's; `tls` says that browsers reach us by HTTPS. `push` is what browsers
    are offered that may ring, None where that is not set up.
    """

    ctx: ActionContext
    clock: Callable[[], datetime]
    zone: ZoneInfo
    tls: bool = False
    push: PushOffer | None = None


@dataclass(frozen=True, slots=True)
class SiteContext:
    """One site's shared things."""

    deps: SiteDeps
    table: PageTable
    catalogues: dict[Language, Catalogue]
    templates: Environment

    @property
    def now(self) -> datetime:
        """The time of this request, aware UTC."""
        return self.deps.clock()

    def link_csrf_token(self, purpose: str, link_token: str) -> str:
        """Return the CSRF token of forms behind a signed link."""
        return csrf_token(self.form_key(), purpose, link_token)

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
        csrf: str = "",
        status: int = 200,
        **context: object,
    ) -> HTMLResponse:
        """Write a page in the reader's language; `context` is what the template names.

        `csrf` is the token of forms outside a session; within one it is the session's.
        """
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
            may_open=session is not None and CARING.allows(session.viewer.role),
            menu=self.table.menu_of(session.viewer.role if session else None),
            csrf=session.csrf_token if session else csrf,
            here_url=request.url.path,
            scheme=read_scheme(request.cookies.get(SCHEME_COOKIE)),
            **context,
        )
        return HTMLResponse(text, status, headers={"Content-Language": catalogue.language.tag, "Vary": "Cookie"})


def build_site_context(deps: SiteDeps, parts: Sequence[WebPart]) -> SiteContext:
    """Read the catalogues and templates of all parts."""
    templates = Environment(
        loader=FileSystemLoader([folder for part in parts for folder in part.templates]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return SiteContext(deps, PageTable(parts), load_catalogues([part.texts for part in parts]), templates)


def site_of(request: Request) -> SiteContext:
    """Return the site that this request came to."""
    site = request.app.state.site
    if not isinstance(site, SiteContext):
        raise TypeError("the site was not made by make_site")
    return site
