"""The night desk by keyboard: the ticket beside the queue, one key an action, undo, finding, and two desks at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.escalate import escalate
from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.ticket import Event
from models.flag import FlagKind, Severity
from tests.browser.conftest import Desk, Server, log_in

VOLUNTEER = Actor("p-vol", Role.VOLUNTEER, "/gulou/ninghai/erban/yard-a/")


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
    # one press shows the number and calls it
    with page.expect_request(lambda request: request.url == "tel:+862586001001"):
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
    server.do(escalate(server.street.ctx, server.street.clock() + timedelta(minutes=10)))
    expect(page.locator("body")).to_have_attribute("data-sounding", "critical")


def test_the_last_hours_are_zoomed_by_button_and_key_and_stay_so_when_the_page_moves_on(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    now = server.street.clock()
    hour = now.replace(minute=0, second=0, microsecond=0)
    for back in (1, 30):
        server.do(server.street.hour("h-001", hour - timedelta(hours=back), 9.0, 60.0, "full"))
    ticket = server.do(server.street.ticket())
    page = open_page(1440, 900).page
    at_the_desk(page, "night")
    page.keyboard.press("j")
    chart, bars = page.locator("#chart-48"), page.locator("#chart-48 rect.water")
    expect(bars.nth(0)).to_be_visible()
    wide = bars.nth(1).get_attribute("width")
    page.click('[data-span="6"]')
    expect(page.locator('[data-span="6"]')).to_have_attribute("aria-pressed", "true")
    expect(bars.nth(0)).to_be_hidden()
    assert float(bars.nth(1).get_attribute("width") or 0) > 6 * float(wide or 99)
    server.do(act_on_ticket(server.street.ctx, ticket.ticket_id, Event.TAKE, VOLUNTEER, now))
    expect(page.locator("#status-title")).to_contain_text("王桂芳")
    expect(bars.nth(0)).to_be_hidden()
    chart.press("-")
    expect(page.locator('[data-span="12"]')).to_have_attribute("aria-pressed", "true")


def test_a_desk_that_stays_cut_off_is_heard_until_somebody_has_seen_it(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    page = open_page(1440, 900).page
    page.clock.install()
    at_the_desk(page, "night")
    page.keyboard.press("Shift")
    expect(page.locator("#sound-on.off")).to_have_count(0)
    server.stop()
    page.clock.run_for(12_000)
    expect(page.locator("#stale")).to_be_visible()
    expect(page).to_have_title(re.compile("CONNECTION LOST"))
    page.clock.run_for(25_000)
    expect(page.locator("body")).to_have_attribute("data-sounding", "stale")
    page.click("#stale-seen")
    expect(page.locator("body")).to_have_attribute("data-sounding", "")
    server.start()
    page.clock.run_for(30_000)
    expect(page.locator("#stale")).to_be_hidden()


def test_the_night_s_colours_are_put_on_by_hand(server: Server, open_page: Callable[..., Desk]) -> None:
    page = open_page(1440, 900, color_scheme="light").page
    at_the_desk(page, "night")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(244, 245, 247)"
    page.click("button.scheme")
    expect(page.locator("#desk[data-ready]")).to_be_visible()
    assert page.evaluate(ground) == "rgb(16, 19, 23)"


def test_who_says_that_the_desk_sees_to_it_is_left_in_peace_and_all_desks_read_it(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    server.do(server.street.ticket())
    night, other = open_page(1440, 900).page, open_page(1440, 900, locale="zh-CN").page
    at_the_desk(night, "night")
    at_the_desk(other, "desk")
    night.keyboard.press("j")
    expect(night.locator("#do-acknowledge")).to_be_visible()
    expect(night.locator("#alarm")).to_be_visible()
    night.keyboard.press("s")
    expect(night.locator("#acked")).to_contain_text("acknowledged")
    expect(night.locator("#alarm")).to_be_hidden()
    expect(other.locator(".queue .pill.on_site")).to_contain_text("已应答")
    expect(other.locator("#alarm")).to_be_visible()
