"""The volunteer's phone where there is no network: the page as it last was, presses kept and sent later, each once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.ticket import Event
from ingest.visits.actions.plan_visits import plan_visits
from tests.browser.conftest import Desk, Server
from tests.ingest.kin import my_page
from tests.ingest.pictures import JPEG

VOLUNTEER = Actor("p-vol", Role.VOLUNTEER, "/gulou/ninghai/erban/yard-a/")


WORKED_FOR = "() => navigator.serviceWorker.controller !== null"
"""The service worker has this page. A function: the site lets nobody evaluate text, not even a test again and again."""


@pytest.mark.parametrize(
    ("person", "old", "kept", "going"),
    [
        ("p-vol", r"没有网络。您看到的是 \d\d:\d\d 的内容。", "有 1 个操作已保存", "到门口"),
        ("p-vol2", r"No network. What you see is from \d\d:\d\d.", "1 presses are kept", "at the door"),
    ],
)
def test_a_press_without_a_network_is_kept_and_sent_once_there_is_one(
    server: Server, open_page: Callable[..., Desk], person: str, old: str, kept: str, going: str
) -> None:
    ticket = server.do(server.street.ticket())
    page = open_page(390, 844, is_mobile=True, has_touch=True).page
    link = server.street.link(ticket, person)
    page.goto(link)
    page.wait_for_function(WORKED_FOR)
    page.goto(link)
    server.stop()
    page.goto(link)
    expect(page.locator("#as-of")).to_have_text(re.compile(old))
    page.tap("#do-take button")
    expect(page.locator("#as-of")).to_contain_text(kept)
    server.start()
    expect(page.locator("#do-arrive")).to_be_visible()
    expect(page.locator("#as-of")).to_be_hidden()
    expect(page.locator("[aria-current=step]")).to_have_text(going)


def test_a_photo_and_a_visit_told_without_a_network_arrive_once_there_is_one(
    server: Server, open_page: Callable[..., Desk], tmp_path: Path
) -> None:
    street, now = server.street, server.street.clock()
    today = now.astimezone(street.deps.zone).date()
    ticket = server.do(street.ticket())
    server.do(act_on_ticket(street.ctx, ticket.ticket_id, Event.TAKE, VOLUNTEER, now))
    server.do(plan_visits(street.ctx, "gulou", "/gulou/", f"{today:%Y-%m}", today=today, now=now))
    (tmp_path / "door.jpg").write_bytes(JPEG)
    page = open_page(390, 844, is_mobile=True, has_touch=True).page
    door = street.link(ticket, "p-vol")
    page.goto(door)
    page.wait_for_function(WORKED_FOR)
    page.goto(door)
    server.stop()
    page.goto(door)
    page.tap("#more-photo summary")
    page.set_input_files("#photo", tmp_path / "door.jpg")
    page.tap("#do-photos button")
    expect(page.locator("#as-of")).to_contain_text("有 1 个操作已保存")
    server.start()
    expect(page.locator("#more-photo summary")).to_contain_text("已发 1 张")
    mine = my_page(street, "p-social")
    page.goto(f"{mine}/visits")
    page.locator(".my-list a.button").first.tap()
    expect(page.locator("#do-report")).to_be_visible()
    visit = page.url
    server.stop()
    page.goto(visit)
    page.tap("#do-report input[name=found][value=well]")
    page.tap("#do-report button")
    expect(page.locator("#as-of")).to_contain_text("有 1 个操作已保存")
    server.start()
    expect(page.locator("main")).to_contain_text("许文")
    expect(page.locator("#do-report")).to_have_count(0)


def test_a_press_that_came_too_late_says_so(server: Server, open_page: Callable[..., Desk]) -> None:
    street = server.street
    ticket = server.do(street.ticket())
    page = open_page(390, 844, is_mobile=True, has_touch=True).page
    link = street.link(ticket, "p-vol2")
    page.goto(link)
    page.wait_for_function(WORKED_FOR)
    page.goto(link)
    server.stop()
    page.tap("#do-take button")
    expect(page.locator("#as-of")).to_contain_text("1 presses are kept")
    server.do(act_on_ticket(street.ctx, ticket.ticket_id, Event.TAKE, VOLUNTEER, street.clock()))
    server.start()
    expect(page.locator("#as-of")).to_contain_text("came too late to count")
    expect(page.locator(".banner")).to_contain_text("is already going")


def test_a_page_that_was_never_seen_says_that_there_is_no_network(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    ticket = server.do(server.street.ticket())
    page = open_page(390, 844).page
    page.goto("/login")
    page.wait_for_function(WORKED_FOR)
    server.stop()
    page.goto(server.street.link(ticket, "p-vol"))
    expect(page.locator(".banner")).to_have_text(re.compile("没有网络|No network"))
    server.start()
