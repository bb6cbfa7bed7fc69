"""Shots: the pictures of the desk's screens in the README, of the invented district, in headless Chromium.

    PYTHONPATH=. python tests/bench/shots.py [--out docs/pictures] [--only desk]

Every picture is a page as it is: log in, go there, press keys. Nothing is retouched.
"""

from __future__ import annotations

import argparse
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from ingest.store.base.database import driver_url
from ingest.store.migrate import migrate
from ingest.wings import open_database
from tests.bench.scene import LOGIN, MORNING, NIGHT, build_scene
from tests.bench.small_png import small_png
from tests.browser.conftest import CHROMIUM, PATIENCE_S, Server
from tests.ingest.street import PASSWORD, Street
from tests.ports import own_port

_SETTLED_MS = 700
PIXELS = """async (shown) => {
  const bytes = Uint8Array.from(atob(shown), (one) => one.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const paper = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  paper.drawImage(picture, 0, 0);
  const { data } = paper.getImageData(0, 0, picture.width, picture.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return btoa(text);
}"""
"""The browser has a decoder of PNG; we need none."""
_MOST_BYTES = 120_000


@dataclass
class SceneServer(Server):
    """The site with the scene, its clock begun at a moment."""

    moment: datetime = NIGHT

    async def _build(self) -> Street:
        db = open_database(driver_url(f"sqlite:///{self.folder / 'ingest.sqlite'}"))
        await migrate(db)
        return await build_scene(db, self.moment, self.folder / "district")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, language and colours, the page, and what is pressed there before."""

    name: str
    locale: str
    path: str
    scheme: str = "light"
    size: tuple[int, int] = (1440, 900)
    press: Callable[[Page], None] | None = None


def _second_ticket(page: Page) -> None:
    page.keyboard.press("a")
    page.locator(".queue a").filter(has_text="1幢401室 · 朱根").first.click()
    page.wait_for_selector("#pane-ticket #ticket-title")


def _quiet(page: Page) -> None:
    page.click("#alarm-seen")


def _find(page: Page) -> None:
    page.keyboard.press("a")
    page.keyboard.press("/")
    page.keyboard.type("lj")
    page.wait_for_selector("#find-results a.result")


BY_NIGHT = (
    Shot("desk-en", "en-US", "/", press=_second_ticket),
    Shot("desk-zh", "zh-CN", "/", "dark", press=_second_ticket),
    Shot("alarm-zh", "zh-CN", "/", "dark", (390, 844)),
    Shot("wall-zh", "zh-CN", "/wall", "dark", press=_quiet),
    Shot("handover-en", "en-US", "/handover", press=_quiet),
    Shot("find-zh", "zh-CN", "/", press=_find),
)
BY_MORNING = (
    Shot("morning-en", "en-US", "/morning", press=_quiet),
    Shot("map-zh", "zh-CN", "/map", press=_quiet),
)


def take(browser: Browser, url: str, shot: Shot, out: Path) -> None:
    """Take one picture; fails if it has become too large for a README."""
    width, height = shot.size
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": height}, locale=shot.locale, color_scheme=shot.scheme
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto("/login")
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.click("main form.sheet button")
    page.wait_for_selector("#region")
    page.goto(f"/language?to={shot.locale[:2]}&back={shot.path}")
    page.wait_for_selector("main h1", state="attached")
    page.wait_for_timeout(_SETTLED_MS)
    if shot.press is not None:
        shot.press(page)
    page.wait_for_timeout(_SETTLED_MS)
    file = out / f"{shot.name}.png"
    shown = b64encode(page.screenshot()).decode()
    raw = page.evaluate(PIXELS, shown)
    file.write_bytes(small_png(b64decode(raw), width, height))
    context.close()
    print(f"{file}: {file.stat().st_size} bytes")
    if file.stat().st_size > _MOST_BYTES:
        raise SystemExit(f"{file} is larger than {_MOST_BYTES} bytes: show less on it")


def main() -> None:
    """Take them all, or those whose name begins so."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-lcd-text"])
        for moment, shots in ((NIGHT, BY_NIGHT), (MORNING, BY_MORNING)):
            wanted = [shot for shot in shots if shot.name.startswith(args.only)]
            if not wanted:
                continue
            with tempfile.TemporaryDirectory() as folder:
                server = SceneServer(Path(folder), own_port(), moment=moment)
                server.start()
                for shot in wanted:
                    take(browser, server.url, shot, args.out)
                server.stop()
                server.close()
        browser.close()


if __name__ == "__main__":
    main()
