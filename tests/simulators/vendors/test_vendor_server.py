"""The vendor over real HTTP: takes, counts, shows and fails as told; bad calls get an answer, never a crash."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from simulators.vendors.page import linked
from simulators.vendors.server import LONGEST_BODY, Vendor

SMS = {"to": "+8613800000001", "text": "烟雾报警 http://127.0.0.1/t/abc?x=1&y=2", "language": "zh"}
ROBOT = {"msgtype": "text", "text": {"content": "hello"}, "at": {"atMobiles": ["13800000001"]}}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as running:
        yield running


def call(url: str, body: Any = None, headers: Mapping[str, str] | None = None, timeout: float = 60) -> tuple[int, str]:
    """One call; POST if there is a body."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, dict(headers or {})), timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_message_is_taken_once_by_key_and_its_repeats_are_counted(vendor: Vendor) -> None:
    first = call(f"{vendor.url}/sms/send", SMS, {"Idempotency-Key": "k1"})
    again = call(f"{vendor.url}/sms/send", SMS, {"Idempotency-Key": "k1"})
    call(f"{vendor.url}/sms/send", SMS, {"Idempotency-Key": "k2"})
    assert first == again == (200, '{"code": "OK", "id": "msg-1"}')
    listed = json.loads(call(f"{vendor.url}/api/messages")[1])["messages"]
    assert [(m["key"], m["repeats"]) for m in listed] == [("k1", 1), ("k2", 0)]
    assert {m["to"] for m in listed} == {"+8613800000001"}


def test_the_key_in_the_body_serves_where_there_is_no_header(vendor: Vendor) -> None:
    for _ in range(3):
        call(f"{vendor.url}/sms/send", SMS | {"key": "k9"})
    assert [(m.key, m.repeats) for m in vendor.messages()] == [("k9", 2)]


def test_the_same_key_at_another_service_is_another_message(vendor: Vendor) -> None:
    call(f"{vendor.url}/sms/send", SMS | {"key": "k"})
    call(f"{vendor.url}/voice/call", SMS | {"key": "k"})
    assert [m.service for m in vendor.messages()] == ["sms", "voice"]


def test_messages_without_any_key_are_all_new(vendor: Vendor) -> None:
    for _ in range(2):
        call(f"{vendor.url}/dingtalk/robot/send", ROBOT)
    assert [m.repeats for m in vendor.messages()] == [0, 0]


@pytest.mark.parametrize(
    ("mode", "status", "said", "taken"),
    [("500", 500, "error", 0), ("errcode", 200, "310000", 0), ("nonsense", 200, "<html>", 0), ("slow", 200, "ok", 1)],
)
def test_a_fault_lasts_as_often_as_it_was_ordered(
    mode: str, status: int, said: str, taken: int, vendor: Vendor
) -> None:
    url = f"{vendor.url}/dingtalk/robot/send"
    ordered = {"mode": mode, "count": 2, "path": "/dingtalk/robot/send", "delay_s": 0.05}
    assert call(f"{vendor.url}/api/faults", ordered) == (200, json.dumps({"faults": [ordered | {"delay_s": 0.05}]}))
    assert call(f"{vendor.url}/wecom/webhook/send", ROBOT)[1] == '{"errcode": 0, "errmsg": "ok"}'
    for _ in range(2):
        assert call(url, ROBOT)[0] == status
    call(f"{vendor.url}/api/faults", {"mode": mode, "delay_s": 0})
    answer = call(url, ROBOT)
    assert answer[0] == status
    assert said in answer[1]
    call(f"{vendor.url}/api/faults", {"mode": "none"})
    assert call(url, ROBOT) == (200, '{"errcode": 0, "errmsg": "ok"}')
    assert len(vendor.messages()) == 1 + 3 * taken + 1


def test_in_a_timeout_the_message_is_taken_but_nobody_says_so(vendor: Vendor) -> None:
    vendor.fail("timeout", count=1)
    with pytest.raises(TimeoutError):
        call(f"{vendor.url}/sms/send", SMS | {"key": "k"}, timeout=0.3)
    deadline = time.monotonic() + 60
    while not vendor.messages():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert call(f"{vendor.url}/sms/send", SMS | {"key": "k"})[0] == 200
    assert [m.repeats for m in vendor.messages()] == [1]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"mode": "explode"}, "mode"),
        ({}, "mode"),
        ({"mode": "500", "count": 0}, "count"),
        ({"mode": "500", "count": "2"}, "count"),
        ({"mode": "500", "path": 3}, "path"),
        ({"mode": "slow", "delay_s": 1e9}, "delay_s"),
        ({"mode": "500", "times": 3}, "times"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_by_key(order: Any, said: str, vendor: Vendor) -> None:
    status, answer = call(f"{vendor.url}/api/faults", order)
    assert status == 400
    assert said in answer
    assert call(f"{vendor.url}/sms/send", SMS)[0] == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 90000, b"null"])
@pytest.mark.parametrize("path", ["/sms/send", "/dingtalk/robot/send", "/webhook", "/api/faults"])
def test_a_body_that_is_no_object_gets_400(path: str, body: bytes, vendor: Vendor) -> None:
    assert call(vendor.url + path, body)[0] == 400


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/sms/send", {"to": "nobody", "text": "x"}, "BAD_NUMBER"),
        ("/sms/send", {"to": 13800000001, "text": "x"}, "BAD_NUMBER"),
        ("/voice/call", {"to": "13800000001"}, "NO_TEXT"),
        ("/dingtalk/robot/send", {}, "40035"),
        ("/dingtalk/robot/send", {"msgtype": ["text"]}, "40035"),
        ("/wecom/webhook/send", {"msgtype": "text", "text": "x"}, "40035"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused_inside_a_200(path: str, body: Any, code: str, vendor: Vendor) -> None:
    status, answer = call(vendor.url + path, body)
    assert (status, code in answer) == (200, True)
    assert vendor.messages() == []


@pytest.mark.parametrize("at", [None, [], "all", {"atMobiles": 5}, {"atMobiles": None}])
def test_a_robot_message_with_odd_mentions_is_still_taken(at: Any, vendor: Vendor) -> None:
    assert call(f"{vendor.url}/dingtalk/robot/send", ROBOT | {"at": at})[0] == 200
    assert [m.to for m in vendor.messages()] == ["(group)"]


def test_strange_calls_get_an_answer_and_the_vendor_lives(vendor: Vendor) -> None:
    assert call(f"{vendor.url}/nowhere")[0] == 404
    assert call(f"{vendor.url}/nowhere", {})[0] == 404
    host, port = vendor.url.removeprefix("http://").split(":")
    for request, status in [
        (f"POST /sms/send HTTP/1.1\r\nHost: x\r\nContent-Length: {LONGEST_BODY + 1}\r\n\r\n", b" 413 "),
        ("POST /sms/send HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b" 411 "),
        ("POST /sms/send HTTP/1.1\r\nHost: x\r\n\r\n", b" 411 "),
        ("\x00\x01\x02\r\n\r\n", b"400"),
    ]:
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(request.encode())
            assert status in line.recv(4096), request
    assert call(f"{vendor.url}/sms/send", SMS)[0] == 200


def test_the_page_shows_each_phone_with_links_and_runs_nothing(vendor: Vendor) -> None:
    call(f"{vendor.url}/sms/send", SMS | {"key": "k"})
    call(f"{vendor.url}/sms/send", SMS | {"key": "k"})
    evil = '<script>alert(1)</script> javascript:alert(2) http://x/"onmouseover=alert(3)'
    call(f"{vendor.url}/webhook", {"to": "<b>", "title": "<img>", "text": evil, "link": "javascript:alert(4)"})
    status, page = call(f"{vendor.url}/")
    assert status == 200
    assert "<h2>+8613800000001</h2>" in page
    assert '<a href="http://127.0.0.1/t/abc?x=1&amp;y=2" rel="noreferrer">' in page
    assert "repeats: 1" in page
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert '"onmouseover' not in page


def test_a_full_stop_in_chinese_does_not_become_part_of_a_link() -> None:
    assert linked("处理:http://a/b。谢谢") == '处理:<a href="http://a/b" rel="noreferrer">http://a/b</a>。谢谢'


def test_the_command_serves_until_it_is_told_to_stop() -> None:
    code = (
        "import argparse, sys; from simulators.vendors.command import *; p = argparse.ArgumentParser();"
        " add_vendor_arguments(p); sys.exit(run_vendor(p.parse_args(['--port', '0'])))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("vendor: ").strip()
        assert call(url)[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
