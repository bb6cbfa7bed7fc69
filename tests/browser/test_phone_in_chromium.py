"""The volunteer's page as a small phone shows it, in both languages, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk, Server

SMALLEST_TARGET = 44
"""CSS pixels: what a thumb hits (WCAG 2.2, 2.5.5)."""


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def smallest_button(page: Page) -> float:
    heights = [button.bounding_box() for button in page.locator("button:visible, a.button:visible").all()]
    return min(box["height"] for box in heights if box)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("p-vol", ("我去", "我到了", "处理完毕", "这件事已处理完毕。谢谢！")),
        ("p-vol2", ("I'll go", "I'm there", "Resolved", "This has been dealt with. Thank you!")),
    ],
)
def test_one_thumb_takes_arrives_and_resolves(
    server: Server, open_page: Callable[..., Desk], person: str, words: tuple[str, str, str, str]
) -> None:
    ticket = server.do(server.street.ticket())
    phone = open_page(320, 640, is_mobile=True, has_touch=True, java_script_enabled=False)
    page = phone.page
    page.goto(server.street.link(ticket, person))
    go, there, resolved, done = words
    for label, event in ((go, "take"), (there, "arrive")):
        button = page.locator(f"#do-{event} button")
        expect(button).to_have_text(label)
        assert fits(page), event
        assert smallest_button(page) >= SMALLEST_TARGET, event
        button.tap()
    page.locator("input[name=outcome][value=helped]").tap()
    page.select_option("#cause", "cooking")
    button = page.locator("#do-resolve button")
    expect(button).to_have_text(resolved)
    assert fits(page)
    button.tap()
    expect(page.locator(".banner")).to_have_text(done)
    expect(page.locator("button[type=submit], #do-take")).to_have_count(0)
    assert phone.hosts == {f"127.0.0.1:{server.port}"}


def test_the_page_stands_in_the_person_s_language_and_can_be_switched(
    server: Server, open_page: Callable[..., Desk]
) -> None:
    ticket = server.do(server.street.ticket())
    page = open_page(320, 640, locale="en-US").page
    page.goto(server.street.link(ticket, "p-vol"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".evidence")).to_have_text("The smoke detector is alarming.")


def test_a_page_left_open_is_told_who_goes(server: Server, open_page: Callable[..., Desk]) -> None:
    ticket = server.do(server.street.ticket())
    slow, quick = open_page(320, 640).page, open_page(320, 640).page
    slow.goto(server.street.link(ticket, "p-vol2"))
    quick.goto(server.street.link(ticket, "p-vol"))
    quick.click("#do-take button")
    expect(quick.locator("#do-arrive")).to_be_visible()
    slow.click("#do-take button")
    expect(slow.locator(".banner")).to_have_text("王 (volunteer) is already going. Thank you!")
    assert fits(slow)


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", "此链接无效。"), ("en-US", "This link is not valid.")])
def test_a_broken_link_says_so(server: Server, open_page: Callable[..., Desk], locale: str, words: str) -> None:
    page = open_page(320, 640, locale=locale).page
    page.goto("/go/not-a-token")
    expect(page.locator(".banner")).to_have_text(words)
    assert fits(page)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("p-vol", ("我需要帮助", "已告知值班台您需要帮助", "我没事了")),
        ("p-vol2", ("I need help", "The desk was told at", "I am all right again")),
    ],
)
def test_one_thumb_calls_for_help_and_calls_it_off(
    server: Server, open_page: Callable[..., Desk], person: str, words: tuple[str, str, str]
) -> None:
    ticket = server.do(server.street.ticket())
    phone = open_page(320, 640, is_mobile=True, has_touch=True)
    page = phone.page
    page.goto(server.street.link(ticket, person))
    page.locator("#do-take button").tap()
    help_me, told, over = words
    button = page.locator("#do-help button")
    expect(button).to_have_text(help_me)
    expect(button).to_be_in_viewport()
    assert fits(page)
    button.tap()
    expect(page.locator("#help-told")).to_contain_text(told)
    expect(page.locator("#help-told")).to_be_in_viewport()
    assert fits(page)
    assert smallest_button(page) >= SMALLEST_TARGET
    page.get_by_role("button", name=over).tap()
    expect(page.locator("#help-told")).to_have_count(0)
    assert phone.complaints == []
