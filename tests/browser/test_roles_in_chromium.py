"""Each role's main path in a real browser, both languages, at a phone's and a desk's size; axe-core on each page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.flag import FlagKind, Severity
from tests.browser.conftest import Desk, Server, log_in
from tests.browser.test_accessibility import TOO_WIDE, faults
from tests.ingest.furnished import furnish
from tests.ingest.kin import DAUGHTER, MOTHER, house_page, my_page

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
DESK = {"width": 1440, "height": 900}
SMALLEST_TARGET = 48
"""CSS pixels: a thumb in the rain."""
TARGETS = """() => [...document.querySelectorAll("main button, main a.button, main summary, main select, main nav a")]
  .map((one) => [one.getBoundingClientRect().height, one.textContent.trim().slice(0, 40)])
  .filter(([height]) => height > 0 && height < %d)"""
CUT = """() => [...document.querySelectorAll("main button, main .button, main h1, main .chip")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== "visible")
  .map((one) => one.textContent.trim())"""


def look(page: Page, *, by_thumb: bool = True) -> None:
    """Nothing serious for axe-core, nothing sideways, nothing cut off, and nothing too small for a thumb."""
    # at its end nothing of a page lies under the bar with the next press
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert faults(page) == [], page.url
    assert page.evaluate(TOO_WIDE) <= 0, page.url
    assert page.evaluate(CUT) == [], page.url
    if by_thumb:
        assert page.evaluate(TARGETS % SMALLEST_TARGET) == [], page.url


@pytest.mark.parametrize(
    ("locale", "going", "note"),
    [("zh-CN", "到门口", "✓ 打电话问一声"), ("en-US", "at the door", "✓ Ring by telephone")],
)
def test_a_volunteer_goes_looks_and_tells(
    server: Server, open_page: Callable[..., Desk], locale: str, going: str, note: str
) -> None:
    ticket = server.do(server.street.ticket("h-002", FlagKind.INACTIVITY, Severity.URGENT))
    phone = open_page(**PHONE, locale=locale)
    page = phone.page
    page.goto(server.street.link(ticket, "p-vol" if locale == "zh-CN" else "p-vol2"))
    expect(page.locator("#do-take button")).to_be_in_viewport()
    look(page)
    page.tap("#do-take button")
    expect(page.locator("[aria-current=step]")).to_have_text(going)
    page.tap("#do-eta button[value='10']")
    expect(page.locator("#eta")).to_be_visible()
    page.locator("input[value=phone]").tap()
    # the next thing to press is where the thumb is, however long the page
    for event in ("arrive", "inside"):
        expect(page.locator(f"#do-{event} button")).to_be_in_viewport()
        page.tap(f"#do-{event} button")
    expect(page.locator("input[value=phone]")).to_be_checked()
    look(page)
    page.locator("input[name=outcome][value=helped]").tap()
    page.select_option("#cause", "fall")
    page.tap("#do-resolve button")
    expect(page.locator(".banner.done")).to_be_visible()
    look(page)
    assert (phone.complaints, phone.hosts) == ([], {f"127.0.0.1:{server.port}"})
    log_in(page, "night")
    page.goto(f"/tickets/{ticket.ticket_id}")
    expect(page.locator("main")).to_contain_text(note)


@pytest.fixture
def furnished(server: Server) -> Server:
    server.do(furnish(server.street))
    return server


@pytest.mark.parametrize(
    ("person", "well", "away"),
    [(MOTHER, "一切正常", "外出中"), (DAUGHTER, "All is well", "Away")],
    ids=["elder", "family"],
)
def test_an_elder_and_the_family_see_that_all_is_well_and_tell_an_absence(
    furnished: Server, open_page: Callable[..., Desk], person: str, well: str, away: str
) -> None:
    page = open_page(**PHONE).page
    page.goto(furnished.do(house_page(furnished.street, person)))
    expect(page.locator(".household-state b")).to_have_text(well)
    look(page)
    page.tap("#do-away-soon button >> nth=-1")
    expect(page.locator(".household-state b")).to_have_text(away)
    page.tap("#do-back-1 button")
    expect(page.locator(".household-state b")).to_have_text(well)
    if person == MOTHER:
        page.tap("#do-pause-2 button")
        expect(page.locator(".household-state b")).to_have_text("已暂停守护")
        page.tap("#do-resume button")
    # taking a consent back takes two presses
    expect(page.locator("#do-consent-1 button")).to_be_hidden()
    page.tap(".household-sure summary")
    page.tap("#do-consent-1 button")
    expect(page.locator(".household-sure")).to_have_count(0)


def test_a_social_worker_visits_and_prints_the_sheet(furnished: Server, open_page: Callable[..., Desk]) -> None:
    page = open_page(**PHONE, locale="zh-CN").page
    mine = my_page(furnished.street, "p-social")
    page.goto(mine)
    look(page)
    page.goto(f"{mine}/visits")
    look(page)
    page.locator(".my-list a.button").first.tap()
    page.tap("input[name=found][value=well]")
    look(page)
    page.tap("#do-report button")
    expect(page.locator(".is-done")).to_have_count(1)
    page.goto(f"{mine}/hours")
    expect(page.locator("main")).to_contain_text("30 分钟")
    look(page)
    desk = open_page(**DESK, locale="en-US").page
    log_in(desk, "social")
    desk.goto("/family/h-001")
    desk.click("#do-link-1 button")
    expect(desk.locator(".qr svg")).to_be_visible()
    desk.emulate_media(media="print")
    pages = desk.pdf(format="A4").count(b"/Type /Page\n")
    assert pages == 1, "the sheet for the kitchen wall is one page"


def test_an_installer_watches_the_steps_tick_and_signs_off(furnished: Server, open_page: Callable[..., Desk]) -> None:
    page = open_page(**PHONE).page
    page.goto(f"{my_page(furnished.street, 'p-vol')}/devices")
    look(page)
    page.locator(".home-rows a", has_text="402").tap()
    expect(page.locator(".install > .yes")).to_have_count(4)
    look(page)
    page.fill("#note", "水表在厨房")
    page.tap("#do-done button")
    expect(page.locator("#signed")).to_contain_text("水表在厨房")


@pytest.mark.parametrize(
    ("size", "locale", "empty", "undo"),
    [(DESK, "en-US", "Please fill this in.", "Undo"), (PHONE, "zh-CN", "请填写。", "撤销")],
    ids=["desk", "phone"],
)
def test_an_administrator_tries_a_rule_and_changes_a_home(
    furnished: Server, open_page: Callable[..., Desk], size: dict[str, int], locale: str, empty: str, undo: str
) -> None:
    page = open_page(**size, locale=locale).page
    log_in(page, "admin")
    page.context.add_cookies([{"name": "linshe_language", "value": locale[:2], "url": furnished.url}])
    for path in ("/places", "/places/people", "/places/import", "/fleet", "/fleet/gw-a", "/numbers", "/holes"):
        page.goto(path)
        page.wait_for_selector("h1")
        look(page, by_thumb=path.startswith("/places"))
    page.goto("/trial")
    choice = page.locator("input[name=factor][value='0.85']")
    choice.press("Space")  # by key: the page may still be moving under a finger while it loads
    expect(choice).to_be_checked()
    page.click(".trial-ask button")
    expect(page.locator("#do-live")).to_be_visible()
    look(page)
    page.click("#do-live button")
    page.click("#do-back button")
    page.goto("/places/homes/one?id=h-002")
    label = page.locator("#f-label")
    label.fill("")
    label.blur()
    # said while somebody is still writing, by the server's own check
    expect(page.locator("#fault-label")).to_have_text(empty)
    expect(label).to_have_attribute("aria-invalid", "true")
    look(page)
    label.fill("5 幢 1 单元 102")
    label.blur()
    expect(page.locator("#fault-label")).to_be_hidden()
    page.click("button[value=check]")
    expect(page.locator(".differs ins")).to_have_text("5 幢 1 单元 102")
    look(page)
    page.click("#save")
    expect(page.locator("#do-undo button")).to_have_text(undo)
    page.click("#do-undo button")
    expect(page.locator("#f-label")).to_have_value(re.compile("101$"))
