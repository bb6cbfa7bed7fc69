"""SIP messages and transactions after RFC 3261, and SCAIP's XML, against bytes and times written by hand."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from ingest.channels.contract import Delivered, Rejected, Unreachable
from ingest.outward.forwarders.contract import Forward, Forwarder
from ingest.outward.forwarders.registry import build_forwarders
from ingest.outward.plugins.scaip.scaip_xml import ScaipAnswer, read_answer, ref_of, request
from ingest.outward.plugins.scaip.sip import Resends, SipError, SipReader, parse, response_to

MESSAGE = (
    b"MESSAGE sip:linshe@192.0.2.2 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.9\r\n"
    b"f: <sip:centre@192.0.2.1>;tag=1\r\n"
    b"To: <sip:linshe@192.0.2.2>\r\n"
    b"i: x@192.0.2.1\r\n"
    b"CSeq: 7 MESSAGE\r\n"
    b"l: 5\r\n\r\nhello"
)


def waits(resends: Resends) -> list[float]:
    found = []
    while (wait := resends.next_wait()) is not None:
        found.append(wait)
    return found


def test_an_unanswered_request_goes_again_as_timer_e_says_until_timer_f_ends() -> None:
    # RFC 3261, 17.1.2.2: 500 ms, doubling up to T2 = 4 s; given up after 64 × T1 = 32 s
    assert waits(Resends(reliable=False)) == [0.5, 1, 2, 4, 4, 4, 4, 4, 4, 4, 0.5]
    assert waits(Resends(reliable=True)) == [32]


def test_a_provisional_answer_slows_the_resends() -> None:
    resends = Resends(reliable=False)
    assert resends.next_wait() == 0.5
    resends.provisional()
    assert waits(resends)[:3] == [4, 4, 4]


def test_a_request_is_read_in_short_and_long_names_and_answered_with_its_own_headers() -> None:
    message = parse(MESSAGE)
    assert (message.method, message.status, message.branch, message.body) == ("MESSAGE", None, "z9hG4bKabc", b"hello")
    assert response_to(message, 200, "OK", "me").decode().split("\r\n") == [
        "SIP/2.0 200 OK",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc",
        "Via: SIP/2.0/UDP 192.0.2.9",
        "From: <sip:centre@192.0.2.1>;tag=1",
        "To: <sip:linshe@192.0.2.2>;tag=me",
        "Call-ID: x@192.0.2.1",
        "CSeq: 7 MESSAGE",
        "Content-Length: 0",
        "",
        "",
    ]


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_a_stream_is_cut_by_content_length(size: int) -> None:
    stream = b"\r\n\r\n" + MESSAGE + MESSAGE
    reader = SipReader()
    found = [one for at in range(0, len(stream), size) for one in reader.feed(stream[at : at + size])]
    assert [one.body for one in found] == [b"hello", b"hello"]


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"MESSAGE x SIP/2.0\r\nno colon\r\n\r\n",
        b"MESSAGE x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"MESSAGE x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
        b"MESSAGE x SIP/2.0\r\nContent-Length: 9\r\n\r\nshort",
        b"SIP/2.0 2xx OK\r\n\r\n",
        b"\xff SIP/2.0\r\n\r\n",
    ],
)
def test_what_is_no_message_is_refused(spoilt: bytes) -> None:
    with pytest.raises(SipError):
        parse(spoilt)


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_message_or_an_error(data: bytes) -> None:
    with suppress(SipError):
        assert all(message.start for message in SipReader().feed(data))


def test_the_xml_of_an_alarm(smoke: Forward) -> None:
    # element names, codes and lengths of the public schema: 0023 smoke detector, 0009 automatic alarm, 002 home
    assert request(smoke, "4711", "en") == (
        '<?xml version="1.0" encoding="UTF-8"?><mrq>'
        f"<ref>{ref_of('t-1.1')}</ref><ver>01.00</ver><mty>ME</mty><cid>4711</cid><dty>0023</dty><did>h-1</did>"
        "<stc>0009</stc><pri>0</pri><lco>002</lco><lte>1-1 客厅</lte>"
        "<ite>The smoke detector sounds &amp; nobody &lt;answers&gt;.</ite></mrq>"
    )
    assert re.fullmatch("[0-9A-Za-z]{1,16}", ref_of("t-1.1"))


def test_the_xml_of_its_end_and_of_long_words(smoke: Forward) -> None:
    over = replace(smoke, event="condition_cleared", label="楼" * 40, text_zh="字\n" * 200, home_id="a-very-long-home")
    xml = request(over, "4711", "zh")
    assert "<mty>RE</mty>" in xml
    assert "<stc>0094</stc>" in xml
    assert f"<lte>{'楼' * 32}</lte>" in xml
    (text,) = re.findall("<ite>(.*)</ite>", xml)
    assert len(text) == 128
    (device,) = re.findall("<did>(.*)</did>", xml)
    assert len(device) == 8


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("<mrs><ref>ab12</ref><snu>0</snu></mrs>", ScaipAnswer("ab12", 0)),
        (
            "<a:mrs xmlns:a='x'>\n <a:ref> ab12 </a:ref>\n<a:snu>6</a:snu><a:ste>busy</a:ste></a:mrs>",
            ScaipAnswer("ab12", 6),
        ),
        ("<mrs><ref>ab12</ref></mrs>", None),
        ("<mrs><ref>ab 12</ref><snu>0</snu></mrs>", None),
        ("", None),
    ],
)
def test_the_centres_answer_is_read(body: str, answer: ScaipAnswer | None) -> None:
    assert read_answer(body) == answer


class Peer(asyncio.DatagramProtocol):
    """A centre on UDP that does what a test says with each datagram."""

    def __init__(self, react: Callable[[Peer, bytes, int], None]) -> None:
        self.react = react
        self.got: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.addr = addr
        self.got.append(data)
        self.react(self, data, len(self.got))

    def answer(self, data: bytes, line: str, body: str = "") -> None:
        head = re.search(rb"^(Via|From|To|Call-ID|CSeq): .*$", data, re.MULTILINE)
        assert head
        copied = [
            one.rstrip(b"\r").decode()
            for one in data.split(b"\n")
            if one.startswith((b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:"))
        ]
        text = "\r\n".join([f"SIP/2.0 {line}", *copied, f"Content-Length: {len(body)}", "", body])
        self.transport.sendto(text.encode(), self.addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def peer(react: Callable[[Peer, bytes, int], None]) -> AsyncIterator[tuple[Peer, int]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Peer(react), local_addr=("127.0.0.1", 0))
    yield protocol, transport.get_extra_info("sockname")[1]
    transport.close()


def way_to(port: int, folder: Path, **changes: object) -> Forwarder:
    table = {
        "kind": "scaip",
        "host": "127.0.0.1",
        "port": port,
        "transport": "udp",
        "target": "sip:centre@127.0.0.1",
        "sender": "sip:linshe@127.0.0.1",
        "controller_id": "4711",
        "answer": "accepted",
        **changes,
    }
    return build_forwarders({"arc": table}, folder, lambda: 0.0)["arc"]


async def sent(way: Forwarder, smoke: Forward) -> object:
    try:
        return await way.send(smoke)
    finally:
        await way.close()


async def test_lost_datagrams_are_sent_again_the_same(tmp_path: Path, smoke: Forward) -> None:
    def third(centre: Peer, data: bytes, number: int) -> None:
        if number == 3:
            centre.answer(data, "200 OK")

    async with peer(third) as (centre, port):
        assert await sent(way_to(port, tmp_path, t1_s=0.05), smoke) == Delivered(ref_of("t-1.1"))
    assert len(set(centre.got)) == 1
    assert len(centre.got) >= 3


async def test_a_centre_that_is_silent_is_given_up_and_a_provisional_answer_is_none(
    tmp_path: Path, smoke: Forward
) -> None:
    async with peer(lambda centre, data, number: centre.answer(data, "100 Trying")) as (_, port):
        result = await sent(way_to(port, tmp_path, t1_s=0.005), smoke)
    assert result == Unreachable("127.0.0.1: no response")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("202 Accepted", Delivered),
        ("403 Forbidden", Rejected),
        ("603 Decline", Rejected),
        ("302 Moved", Rejected),
        ("480 Temporarily Unavailable", Unreachable),
        ("503 Service Unavailable", Unreachable),
    ],
)
async def test_what_a_response_means(line: str, expected: type, tmp_path: Path, smoke: Forward) -> None:
    async with peer(lambda centre, data, number: centre.answer(data, line)) as (_, port):
        assert type(await sent(way_to(port, tmp_path), smoke)) is expected


async def test_a_verdict_in_the_response_itself_counts(tmp_path: Path, smoke: Forward) -> None:
    body = f"<mrs><ref>{ref_of('t-1.1')}</ref><snu>7</snu></mrs>"
    async with peer(lambda centre, data, number: centre.answer(data, "200 OK", body)) as (_, port):
        result = await sent(way_to(port, tmp_path, answer="message"), smoke)
    assert result == Rejected("127.0.0.1: SCAIP status 7")


async def test_a_centre_that_takes_it_and_never_says_what_became_of_it(tmp_path: Path, smoke: Forward) -> None:
    async with peer(lambda centre, data, number: centre.answer(data, "200 OK")) as (_, port):
        result = await sent(way_to(port, tmp_path, answer="message", answer_within_s=0.2), smoke)
    assert result == Unreachable("127.0.0.1: took it, and did not say what became of it")


async def test_a_long_text_is_shortened_until_it_fits_a_datagram(tmp_path: Path, smoke: Forward) -> None:
    long = replace(smoke, text_en="烟" * 128, label="楼" * 32)
    async with peer(lambda centre, data, number: centre.answer(data, "200 OK")) as (centre, port):
        way = way_to(port, tmp_path, target="sip:" + "c" * 60 + "@127.0.0.1", sender="sip:" + "l" * 60 + "@127.0.0.1")
        await sent(way, long)
    (data,) = set(centre.got)
    assert len(data) <= 1300
    assert "烟" * 32 in data.decode()


async def test_over_tls_only_a_centre_with_a_good_certificate_is_told(tmp_path: Path, smoke: Forward) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages = SipReader()
        while data := await reader.read(4096):
            heard.append(data)
            for message in messages.feed(data):
                writer.write(response_to(message, 200, "OK", "c"))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    changes = {"transport": "tls", "host": "localhost"}
    known = await sent(way_to(port, tmp_path, ca_file="ca.pem", **changes), smoke)
    stranger = await sent(way_to(port, tmp_path, **changes), smoke)
    server.close()
    assert known == Delivered(ref_of("t-1.1"))
    assert stranger == Unreachable("localhost: SSLCertVerificationError")
    assert b"Via: SIP/2.0/TLS 127.0.0.1:" in b"".join(heard)
    assert b"".join(heard).count(b"MESSAGE sip:") == 1
