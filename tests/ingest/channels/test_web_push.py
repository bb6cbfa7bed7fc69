"""Messages to browsers: RFC 8291's own example, a real push service over HTTP, and a browser that reads by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives.asymmetric import ec

from ingest.channels.contract import Browser, Delivered, OutgoingNotice, Rejected, Unreachable
from ingest.channels.registry import build_channels, push_offer
from ingest.channels.web_push import encrypt
from models.kit.config_reader import ConfigError
from simulators.vendors.push_service import PushService
from tests.ingest.channels.browser_reader import BrowserReader, sender_of, unb64

NOW_S = 1_800_000_000.0


class Book:
    """Who keeps the browsers."""

    def __init__(self, *browsers: Browser) -> None:
        self.browsers = list(browsers)

    async def of(self, person_id: str) -> list[Browser]:
        return list(self.browsers) if person_id == "vera" else []

    async def forget(self, endpoint: str) -> None:
        self.browsers = [one for one in self.browsers if one.endpoint != endpoint]

    def seen_url(self, message: str) -> str:
        return f"https://console.test/seen/{message}"


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
def told(notice: OutgoingNotice) -> OutgoingNotice:
    return replace(notice, address="vera")


def table(folder: Path, **changes: object) -> dict[str, dict[str, object]]:
    pem = ECC.generate(curve="P-256").export_key(format="PEM")
    (folder / "vapid.pem").write_text(pem)
    push = {"kind": "web_push", "key_file": "vapid.pem", "subject": "mailto:desk@linshe.example", "plain_http": True}
    return {"push": {**push, **changes}}


def browser(reader: BrowserReader, endpoint: str) -> Browser:
    keys = reader.subscription(endpoint)["keys"]
    return Browser(endpoint, keys["p256dh"], keys["auth"])


def test_the_example_of_rfc_8291_comes_out_byte_for_byte() -> None:
    # RFC 8291, section 5 and appendix A
    theirs = Browser(
        "https://push.example.net",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    own = ec.derive_private_key(
        int.from_bytes(unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    expected = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    sealed = encrypt(b"When I grow up, I want to be a watermelon", theirs, own, unb64("DGv6ra1nlYgDCS1FRnbzlw"))
    assert sealed == unb64(expected)


async def test_only_the_browser_reads_it_and_knows_who_sent_it(
    service: PushService, tmp_path: Path, told: OutgoingNotice
) -> None:
    reader, settings = BrowserReader(), table(tmp_path)
    book = Book(browser(reader, f"{service.url}/one"))
    channel = build_channels(settings, tmp_path, lambda: NOW_S, book)["push"]
    result = await channel.send(told)
    (posted,) = service.posted
    said = json.loads(reader.open(posted.body))
    assert said == {
        "title": "Linshe: smoke alarm",
        "body": "Smoke alarm at home 3-201. Open:",
        "url": "http://127.0.0.1/t/abc",
        "tag": posted.headers["topic"],
        "seen": f"https://console.test/seen/{posted.headers['topic']}",
    }
    assert result == Delivered(said["tag"], reports=True, confirm_within_s=60.0)
    assert len(said["tag"]) == 32
    assert {name: posted.headers[name] for name in ("content-encoding", "ttl", "urgency")} == {
        "content-encoding": "aes128gcm",
        "ttl": "900",
        "urgency": "high",
    }
    key, claims = sender_of(posted.headers["authorization"])
    offer = push_offer(settings, tmp_path)
    assert offer is not None
    assert key == offer[0], "the key that the browser subscribed with"
    assert claims["aud"] == service.url
    assert claims["sub"] == "mailto:desk@linshe.example"
    assert NOW_S < claims["exp"] <= NOW_S + 24 * 3600
    for secret in (b"3-201", b"127.0.0.1/t"):
        assert secret not in posted.body


async def test_two_sends_of_one_notice_are_one_message_to_the_service_and_never_the_same_bytes(
    service: PushService, tmp_path: Path, told: OutgoingNotice
) -> None:
    channel = build_channels(
        table(tmp_path), tmp_path, lambda: NOW_S, Book(browser(BrowserReader(), f"{service.url}/one"))
    )["push"]
    assert await channel.send(told) == await channel.send(told)
    first, second = service.posted
    assert first.headers["topic"] == second.headers["topic"]
    assert first.body[:16] != second.body[:16]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_no_more_is_forgotten_and_the_others_ring(
    status: int, service: PushService, tmp_path: Path, told: OutgoingNotice
) -> None:
    old, new = BrowserReader(), BrowserReader(auth=b"another secret!!")
    book = Book(browser(old, f"{service.url}/old"), browser(new, f"{service.url}/new"))
    service.answers["/old"] = status
    channel = build_channels(table(tmp_path), tmp_path, lambda: NOW_S, book)["push"]
    assert isinstance(await channel.send(told), Delivered)
    assert [one.endpoint for one in book.browsers] == [f"{service.url}/new"]
    service.answers["/new"] = status
    assert isinstance(await channel.send(told), Rejected)
    assert await channel.send(told) == Rejected("push: no browser of this person takes messages")


@pytest.mark.parametrize(("status", "kind"), [(429, Unreachable), (503, Unreachable), (403, Rejected), (413, Rejected)])
async def test_what_a_push_service_says_is_believed(
    status: int, kind: type, service: PushService, tmp_path: Path, told: OutgoingNotice
) -> None:
    book = Book(browser(BrowserReader(), f"{service.url}/one"))
    service.answers["/one"] = status
    channel = build_channels(table(tmp_path), tmp_path, lambda: NOW_S, book)["push"]
    assert type(await channel.send(told)) is kind
    assert len(book.browsers) == 1


async def test_a_long_text_is_cut_to_what_services_take(
    service: PushService, tmp_path: Path, told: OutgoingNotice
) -> None:
    reader = BrowserReader()
    channel = build_channels(table(tmp_path), tmp_path, lambda: NOW_S, Book(browser(reader, f"{service.url}/one")))[
        "push"
    ]
    long = replace(told, text="楼上漏水" * 1000, title="邻" * 60)
    assert isinstance(await channel.send(long), Delivered)
    body = json.loads(reader.open(service.posted[0].body))["body"]
    assert body.endswith("…")
    assert long.text.startswith(body[:-1])
    assert len(body.encode()) <= 1503


async def test_keys_that_are_none_are_forgotten(service: PushService, tmp_path: Path, told: OutgoingNotice) -> None:
    book = Book(Browser(f"{service.url}/one", "BAAA", "AAAA"))
    channel = build_channels(table(tmp_path), tmp_path, lambda: NOW_S, book)["push"]
    assert isinstance(await channel.send(told), Rejected)
    assert (book.browsers, service.posted) == ([], [])


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("push", {"key_file": "not.pem"}, "not.pem can't be read as PEM"),
        ("push", {"key_file": "rsa.pem"}, "must hold a P-256 key"),
        ("phone", {}, r"is called \[notify.push\]"),
    ],
)
def test_what_is_wrong_in_the_settings_is_said(
    name: str, changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    (tmp_path / "rsa.pem").write_text(ECC.generate(curve="P-384").export_key(format="PEM"))
    settings = {name: table(tmp_path, **changes)["push"]}
    with pytest.raises(ConfigError, match=words):
        build_channels(settings, tmp_path, lambda: NOW_S, Book())
