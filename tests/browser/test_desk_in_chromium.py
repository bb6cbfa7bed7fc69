"""The night desk by keyboard: the ticket beside the queue, one key an action, undo, finding, and two desks at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from ingest.actions.escalate import escalate
from models.flag import FlagKind, Severity
from tests.browser.conftest import Desk, Server, log_in


def at_the_desk(page: Page, login: str) -> None:
    log_in(page, login)
    expect(page.locator("#desk[data-ready]")).to_be_visible()
    expect(page.locator("#live")).to_be_visible()


def test_a_ticket_is_taken_taken_back_and_resolved_by_keys(server: Server, open_page: Callable[..., Desk]) -> None:
    now = server.street.clock()
    server.do(server.street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT, now=now - timedelta(minutes=1)))
    smoke = server.do(server.street.ticket())
    desk = open_page(1440, 900)
    page = desk.page
    at_the_desk(page, "night")
    page.keyboard.press("a")
    expect(page.locator("#alarm")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("#pane-ticket #ticket-title")).to_have_text("Smoke alarm · 3 幢 2 单元 402")
    expect(page).to_have_url(re.compile(rf"\?ticket={smoke.ticket_id}$"))
    page.keyboard.press("t")
    expect(page.locator("#status-title")).to_have_text("Taken: Grace Lin")
    page.keyboard.press("u")
    expect(page.locator("#status-title")).to_have_text("Nobody has it yet")
    expect(page.locator("#pane-ticket")).to_contain_text("Pressed by mistake, taken back")
    page.keyboard.press("t")
    expect(page.locator("#status-title")).to_have_text("Taken: Grace Lin")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("Press R again to confirm")
    expect(page.locator("#status-title")).to_have_text("Taken: Grace Lin")
    page.keyboard.press("r")
    expect(page.locator("#status-title")).to_contain_text("On site: Grace Lin")
    page.keyboard.press("e")
    expect(page.locator("#outcome")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#ticket-title")).to_contain_text("402")
    page.select_option("#outcome", "helped")
    page.select_option("#cause", "cooking")
    page.keyboard.press("Escape")
    page.locator("#do-resolve button").press("Enter")
    expect(page.locator("#status-title")).to_contain_text("Resolved, to be reviewed")
    assert (desk.complaints, desk.hosts) == ([], {f"127.0.0.1:{server.port}"})


def test_a_home_is_found_by_its_letters_and_a_number_shown_on_request(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    page = open_page(1440, 900, locale="zh-CN").page
    at_the_desk(page, "desk")
    page.keyboard.press("/")
    page.keyboard.type("cxy")
    expect(page.locator("#find-results a.result")).to_contain_text("陈秀英")
    expect(page.locator("#find-results a.result[aria-current]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#home-title")).to_contain_text("陈秀英")
    expect(page.locator("a[href^='tel:']")).to_have_count(0)
    page.click("form.reveal button")
    expect(page.locator("a.call")).to_have_attribute("href", "tel:+862586001001")


def test_two_desks_and_a_volunteer_at_one_ticket_see_who_has_it(server: Server, open_page: Callable[..., Desk]) -> None:
    ticket = server.do(server.street.ticket())
    night, other = open_page(1440, 900).page, open_page(1440, 900, locale="zh-CN").page
    phone = open_page(390, 844, is_mobile=True, has_touch=True).page
    at_the_desk(night, "night")
    at_the_desk(other, "desk")
    phone.goto(server.street.link(ticket, "p-vol"))
    for page in (night, other):
        page.keyboard.press("j")
        expect(page.locator("#do-take")).to_be_visible()
    phone.tap("#do-take button")
    expect(night.locator("#status-title")).to_contain_text("王桂芳")
    expect(other.locator("#status-title")).to_contain_text("王桂芳")
    night.keyboard.press("t")
    expect(night.locator("#said")).to_contain_text("is not possible now")
    phone.tap("#do-arrive button")
    expect(other.locator("#status-title")).to_contain_text("在现场")


def test_an_alarm_sounds_at_once_stops_when_seen_and_sounds_again_when_escalated(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    page = open_page(1440, 900).page
    at_the_desk(page, "night")
    page.keyboard.press("Shift")
    expect(page.locator("#sound-on.off")).to_have_count(0)
    server.do(server.street.ticket())
    expect(page.locator("body")).to_have_attribute("data-sounding", "critical")
    page.keyboard.press("a")
    expect(page.locator("body")).to_have_attribute("data-sounding", "")
    server.do(escalate(server.street.desk, server.street.clock() + timedelta(minutes=10)))
    expect(page.locator("body")).to_have_attribute("data-sounding", "critical")
