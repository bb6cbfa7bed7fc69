"""Shots of people: the README's pictures of a volunteer's, an elder's, an installer's phone and of managers' pages.

PYTHONPATH=. python tests/bench/shots_of_people.py [--out docs/pictures]
"""

from __future__ import annotations

import argparse
import tempfile
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import update

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.ticket import Event
from ingest.store.base.tables import homes
from models.flag import FlagKind, Severity
from tests.bench.shots import PIXELS
from tests.bench.small_png import small_png
from tests.browser.conftest import CHROMIUM, Server, log_in
from tests.ingest.furnished import furnish
from tests.ingest.kin import MOTHER, house_page, my_page
from tests.ingest.street import Street
from tests.ports import own_port

PHONE = (390, 844)
DESK = (1440, 760)
MOST_BYTES = 120_000
_TEXT_ZH = (
    "自 21:40 起 10.2 小时没有人活动的迹象，电器都关着；据该户以往情况估计，此时开始的安静约 310 次中才有一次这么久。"
)
_TEXT_EN = (
    "No sign of anybody since 21:40, for 10.2 hours, with everything off; by this home's past, about one in 310 quiet "
    "spells that begin at this hour lasts so long."
)
VOLUNTEER = Actor("p-vol", Role.VOLUNTEER, "/gulou/ninghai/erban/yard-a/")


async def _play(street: Street) -> dict[str, str]:
    """Let somebody be on the way; return the three pages."""
    await furnish(street)
    now = street.clock()
    async with street.ctx.db.write() as connection:
        way = "北门进，左手第二栋，东边电梯"
        await connection.execute(update(homes).where(homes.c.home_id == "h-002").values(way=way))
    ticket = await street.ticket(
        "h-002", FlagKind.INACTIVITY, Severity.URGENT, text_zh=_TEXT_ZH, text_en=_TEXT_EN, now=now
    )
    await act_on_ticket(street.ctx, ticket.ticket_id, Event.TAKE, VOLUNTEER, now)
    return {
        "volunteer": street.link(ticket, "p-vol"),
        "elder": await house_page(street, MOTHER),
        "installer": f"{my_page(street, 'p-vol')}/devices/h-001",
    }


def _page(browser: Browser, server: Server, size: tuple[int, int], language: str, **more: Any) -> Page:
    width, height = size
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": height}, **more)
    context.add_cookies([{"name": "linshe_language", "value": language, "url": server.url}])
    return context.new_page()


def _keep(page: Page, file: Path) -> None:
    raw = page.evaluate(PIXELS, b64encode(page.screenshot()).decode())
    size = page.viewport_size
    assert size is not None
    file.write_bytes(small_png(b64decode(raw), size["width"], size["height"]))
    print(f"{file}: {file.stat().st_size} bytes")
    if file.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{file} is larger than {MOST_BYTES} bytes: show less on it")


def _phones(browser: Browser, server: Server, paths: dict[str, str], language: str, out: Path) -> None:
    shots = []
    for path in paths.values():
        page = _page(browser, server, PHONE, language, is_mobile=True, has_touch=True, service_workers="block")
        page.goto(path)
        shots.append(b64encode(page.screenshot()).decode())
        page.context.close()
    beside = browser.new_page(viewport={"width": 3 * PHONE[0] + 4 * 16, "height": PHONE[1] + 32})
    pictures = "".join(f'<img src="data:image/png;base64,{shot}">' for shot in shots)
    beside.set_content(f'<body style="margin:16px;background:#777;display:flex;gap:16px">{pictures}')
    beside.wait_for_function("() => [...document.images].every((one) => one.complete)")
    _keep(beside, out / f"phones-{language}.png")
    beside.close()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    out = parser.parse_args().out
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-lcd-text"])
        server = Server(Path(folder), own_port())
        server.start()
        paths = server.do(_play(server.street))
        for language in ("zh", "en"):
            _phones(browser, server, paths, language, out)
        for name, path, language in (
            ("trial-en", "/trial?factor=0.85", "en"),
            ("places-zh", "/places/homes/one?id=h-002", "zh"),
        ):
            page = _page(browser, server, DESK, language)
            log_in(page, "admin")
            page.goto(path)
            if name.startswith("places"):
                page.fill("#f-way", "北门进，左手第二栋，西边电梯")
                page.click("button[value=check]")
                page.wait_for_selector("#save")
            page.wait_for_timeout(500)
            _keep(page, out / f"{name}.png")
            page.context.close()
        server.stop()
        server.close()
        browser.close()


if __name__ == "__main__":
    main()
