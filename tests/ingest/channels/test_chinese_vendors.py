"""The example settings of Chinese vendors and Feishu, against the vendor over real HTTP: shapes, refusals, faults."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest.channels.contract import Delivered, OutgoingNotice, Rejected, Unreachable
from ingest.channels.feishu import sign
from ingest.channels.registry import build_channels
from simulators.vendors.server import Vendor
from simulators.vendors.services import Secrets

EXAMPLES = Path(ingest.__file__).resolve().parent.parent / "config" / "notify"
DOORS = {"yunpian": "/yunpian/v2/sms/single_send.json", "chuanglan": "/chuanglan/msg/v1/send/json"}
SECRETS = Secrets(sms_token="s3cret", feishu_token="f-token", feishu_secret="SECf")


def example(name: str, vendor: Vendor, folder: Path, token: str = "s3cret") -> dict[str, Any]:
    """The shipped example, only its host and its secret replaced."""
    table: dict[str, Any] = tomllib.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))["notify"]
    (folder / table["sms"]["token_file"]).write_text(token)
    table["sms"]["url"] = vendor.url + DOORS[name]
    return table


@pytest.mark.parametrize("name", list(DOORS))
async def test_the_example_sends_what_the_vendor_understands_once(
    name: str, notice: OutgoingNotice, tmp_path: Path
) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        channel = build_channels(example(name, vendor, tmp_path), tmp_path)["sms"]
        chinese = dataclasses.replace(notice, text="危急·烟雾报警,1 幢 603。处理:http://h/a?b=c&d=é", link=None)
        results = [await channel.send(chinese) for _ in range(2)]
        (message,) = vendor.messages()
    assert isinstance(results[0], Delivered)
    assert results[0].vendor_id not in ("", "unreadable")
    assert results[0] == results[1]
    assert (message.to, message.text, message.repeats) == ("13800000001", f"【邻舍】{chinese.text}", 1)


@pytest.mark.parametrize("name", list(DOORS))
async def test_an_error_inside_a_200_a_wrong_secret_and_a_wrong_number_are_refusals(
    name: str, notice: OutgoingNotice, tmp_path: Path
) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        channel = build_channels(example(name, vendor, tmp_path), tmp_path)["sms"]
        vendor.fail("errcode", count=1)
        inside = await channel.send(notice)
        number = await channel.send(dataclasses.replace(notice, address="+8612345678901"))
        stranger = build_channels(example(name, vendor, tmp_path, token="wrong"), tmp_path)["sms"]
        secret = await stranger.send(notice)
        assert vendor.messages() == []
    for result in (inside, number, secret):
        assert isinstance(result, Rejected)
        assert "s3cret" not in result.reason
        assert "12345678901" not in result.reason


@pytest.mark.parametrize("name", list(DOORS))
@pytest.mark.parametrize("fault", ["500", "nonsense"])
async def test_trouble_at_the_vendor_is_tried_again(
    name: str, fault: str, notice: OutgoingNotice, tmp_path: Path
) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        channel = build_channels(example(name, vendor, tmp_path), tmp_path)["sms"]
        vendor.fail(fault, count=1)
        assert isinstance(await channel.send(notice), Unreachable)
        assert isinstance(await channel.send(notice), Delivered)


async def test_a_vendor_that_is_too_busy_is_no_refusal(notice: OutgoingNotice, tmp_path: Path) -> None:
    with Vendor(secrets=SECRETS) as vendor:
        table = example("chuanglan", vendor, tmp_path)
        table["sms"]["busy_values"].append("109")
        vendor.fail("errcode", count=1)
        result = await build_channels(table, tmp_path)["sms"].send(notice)
    assert result == Unreachable("sms: busy, code 109")


def test_feishu_signs_as_openssl_does() -> None:
    # printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:<hex of "1700000000\nSECcanary0123456789"> | base64
    assert sign("SECcanary0123456789", 1700000000) == "1WZBwOLf/a4oDW+HcHOIM45UUZewBgvAjBN0aWgYXWk="


async def test_feishu_calls_by_open_id_and_no_label_can_call_everybody(
    notice: OutgoingNotice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("L_FEISHU", "f-token")
    monkeypatch.setenv("L_FEISHU_SECRET", "SECf")
    open_id = "ou_" + "0123456789abcdef" * 2
    with Vendor(secrets=SECRETS) as vendor:
        settings = {"kind": "feishu", "url": f"{vendor.url}/feishu/hook", "token_env": "L_FEISHU"}
        channel = build_channels({"x": settings | {"secret_env": "L_FEISHU_SECRET"}}, tmp_path)["x"]
        tricky = dataclasses.replace(notice, address=open_id, text='<at user_id="all"></at>')
        assert isinstance(await channel.send(tricky), Delivered)
        vendor.fail("errcode", count=1)
        assert await channel.send(notice) == Rejected(
            "feishu: code 19024 (the key words of the robot's security settings)"
        )
    assert [message.to for message in vendor.messages()] == [open_id]
