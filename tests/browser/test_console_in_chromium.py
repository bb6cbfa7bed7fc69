"""The desk in a real browser: a ticket appears by itself, is taken and resolved; a lost connection is said aloud."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from models.flag import FlagKind, Severity
from tests.browser.conftest import Desk, Server, log_in


def test_a_ticket_appears_without_reload_and_is_taken_and_resolved(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    desk = open_page()
    page = desk.page
    log_in(page, "night")
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator(".empty")).to_have_text("Nothing needs anybody right now.")
    page.evaluate("window.notReloaded = true")
    server.do(server.street.ticket())
    expect(page.locator(".ticket.critical")).to_contain_text("The smoke detector is alarming.")
    expect(page.locator("#alarm")).to_contain_text("Smoke alarm · 3 幢 2 单元 402")
    expect(page).to_have_title(re.compile("1 urgent"))
    assert page.evaluate("window.notReloaded") is True
    page.click("#alarm-seen")
    expect(page.locator("#alarm")).to_be_hidden()
    expect(page).to_have_title("Board · Linshe")

    page.click(".ticket .head a")
    page.click("#do-take button")
    expect(page.locator("#status-title")).to_have_text("Taken: Grace Lin")
    page.click("#do-arrive button")
    expect(page.locator("#status-title")).to_have_text("On site: Grace Lin")
    page.select_option("#outcome", "helped")
    page.select_option("#cause", "cooking")
    page.fill("#note", "Burnt pot, window opened")
    page.click("#do-resolve button")
    expect(page.locator("#status-title")).to_contain_text("Resolved, to be reviewed")
    expect(page.locator("dl.facts")).to_contain_text("Burnt pot, window opened")
    page.click("#do-close button")
    expect(page.locator(".empty")).to_be_visible()
    assert (desk.complaints, desk.hosts) == ([], {f"127.0.0.1:{server.port}"})


def test_two_dispatchers_see_each_other_s_work_at_once(server: Server, open_page: Callable[..., Desk]) -> None:
    ticket = server.do(server.street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT))
    first, second = open_page().page, open_page(locale="zh-CN").page
    log_in(first, "night")
    log_in(second, "desk")
    second.goto(f"/tickets/{ticket.ticket_id}")
    first.goto(f"/tickets/{ticket.ticket_id}")
    first.click("#do-take button")
    expect(first.locator("#status-title")).to_have_text("Taken: Grace Lin")
    expect(second.locator("#status-title")).to_have_text("已接手: Grace Lin")
    expect(second.locator("#do-take")).to_have_count(0)


def test_what_somebody_is_writing_is_never_swept_away(server: Server, open_page: Callable[..., Desk]) -> None:
    ticket = server.do(server.street.ticket())
    writer, other = open_page().page, open_page().page
    log_in(writer, "night")
    log_in(other, "desk")
    writer.goto(f"/tickets/{ticket.ticket_id}")
    expect(writer.locator("#live")).to_be_visible()
    writer.click("#more-resolve summary")
    writer.fill("#note", "half a sentence")
    other.goto(f"/tickets/{ticket.ticket_id}")
    other.click("#do-take button")
    expect(writer.locator("#changed")).to_be_visible()
    expect(writer.locator("#note")).to_have_value("half a sentence")
    writer.select_option("#outcome", "helped")
    writer.select_option("#cause", "cooking")
    writer.click("#do-resolve button")
    expect(writer.locator("#refused")).to_contain_text("周敏 has it.")


def test_a_lost_connection_is_said_with_the_time_and_found_again(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    desk = open_page()
    page = desk.page
    log_in(page, "night")
    expect(page.locator("#live")).to_be_visible()
    server.stop()
    expect(page.locator("#stale")).to_be_visible()
    assert re.search(r"Connection lost\. What you see is from \d\d:\d\d:\d\d", page.inner_text("#stale"))
    expect(page.locator("#live")).to_be_hidden()
    server.do(server.street.ticket())
    server.start()
    expect(page.locator(".ticket.critical")).to_be_visible(timeout=15_000)
    expect(page.locator("#stale")).to_be_hidden()


def test_the_board_keeps_listening_in_a_hidden_tab(server: Server, open_page: Callable[..., Desk]) -> None:
    desk = open_page()
    log_in(desk.page, "night")
    expect(desk.page.locator("#live")).to_be_visible()
    front = desk.page.context.new_page()
    front.bring_to_front()
    server.do(server.street.ticket())
    expect(desk.page.locator(".ticket.critical")).to_have_count(1)
