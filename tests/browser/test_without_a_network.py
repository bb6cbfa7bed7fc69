"""The volunteer's phone where there is no network: the page as it last was, presses kept and sent later, each once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Server

WORKED_FOR = "() => navigator.serviceWorker.controller !== null"
"""The service worker has this page. A function: the site lets nobody evaluate text, not even a test again and again."""


@pytest.mark.parametrize(
    ("person", "old", "kept", "going"),
    [
        ("p-vol", r"没有网络。您看到的是 \d\d:\d\d 的内容。", "有 1 个操作已保存", "您已接手"),
        ("p-vol2", r"No network. What you see is from \d\d:\d\d.", "1 presses are kept", "You have it"),
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
    expect(page.locator("main")).to_contain_text(going)


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
