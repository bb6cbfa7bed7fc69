"""The doors of the vendor: what each service asks for, how it reads a message, how it says yes and no.

Written from the services' own descriptions, not from our channels: signatures are checked here by this file's own
arithmetic, and DingTalk and WeCom say no with HTTP 200, as the real ones do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SIGNATURE_LIFE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Secrets:
    """What callers must know; None asks for nothing."""

    sms_token: str | None = None
    dingtalk_token: str | None = None
    dingtalk_secret: str | None = None
    wecom_key: str | None = None
    webhook_secret: bytes | None = None
    feishu_token: str | None = None
    feishu_secret: str | None = None


@dataclass(frozen=True, slots=True)
class VendorCall:
    """One request: headers by lower-case name, query decoded once, and the JSON body."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    raw: bytes
    now_s: float
    last_part: str = ""
    """What follows the door's path, where the vendor puts its token there."""


@dataclass(frozen=True, slots=True)
class No:
    """A refusal as the service words it."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Service:
    """One door: `check` refuses, `read` finds the message's fields, `yes` and `no` are its answers."""

    name: str
    check: Callable[[VendorCall, Secrets], No | None]
    read: Callable[[VendorCall], dict[str, str]]
    yes: Callable[[int], Mapping[str, Any]]
    no: No
    form: bool = False
    """Whether it takes a form and not JSON."""


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _check_sms(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.sms_token is not None and call.headers.get("authorization") != f"Bearer {secrets.sms_token}":
        return No(401, {"code": "UNAUTHORIZED"})
    number = _text(call.body, "to").removeprefix("+")
    if not (number.isascii() and number.isdigit() and 3 <= len(number) <= 15):
        return No(200, {"code": "BAD_NUMBER"})
    return None if _text(call.body, "text") else No(200, {"code": "NO_TEXT"})


def _read_sms(call: VendorCall) -> dict[str, str]:
    return {key: _text(call.body, key) for key in ("to", "title", "text", "link", "language", "key")}


def _check_dingtalk(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.dingtalk_token is not None and call.query.get("access_token") != secrets.dingtalk_token:
        return No(200, {"errcode": 300001, "errmsg": "token is not exist"})
    if secrets.dingtalk_secret is not None:
        stamp = call.query.get("timestamp", "")
        mac = hmac.new(secrets.dingtalk_secret.encode(), f"{stamp}\n{secrets.dingtalk_secret}".encode(), hashlib.sha256)
        fits = base64.b64encode(mac.digest()).decode() == call.query.get("sign")
        fresh = stamp.isdigit() and abs(int(stamp) / 1000 - call.now_s) <= SIGNATURE_LIFE_S
        if not fits or not fresh:
            return No(200, {"errcode": 310000, "errmsg": "sign not match"})
    return _check_robot(call)


def _check_wecom(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.wecom_key is not None and call.query.get("key") != secrets.wecom_key:
        return No(200, {"errcode": 93000, "errmsg": "invalid webhook url"})
    return _check_robot(call)


def _check_feishu(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.feishu_token is not None and call.last_part != secrets.feishu_token:
        return No(200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid", "data": {}})
    if secrets.feishu_secret is not None:
        stamp = _text(call.body, "timestamp")
        mac = hmac.new(f"{stamp}\n{secrets.feishu_secret}".encode(), b"", hashlib.sha256)
        fits = base64.b64encode(mac.digest()).decode() == call.body.get("sign")
        fresh = stamp.isdigit() and abs(int(stamp) - call.now_s) <= SIGNATURE_LIFE_S
        if not fits or not fresh:
            return No(200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour", "data": {}})
    content = call.body.get("content")
    if call.body.get("msg_type") != "text" or not isinstance(content, Mapping) or not _text(content, "text"):
        return No(200, {"code": 9499, "msg": "Bad Request", "data": {}})
    return None


def _read_feishu(call: VendorCall) -> dict[str, str]:
    content: Mapping[str, Any] = call.body["content"]
    called = re.findall(r'<at user_id="([^"]+)">', _text(content, "text"))
    return {"to": ", ".join(called) or "(group)", "text": _text(content, "text")}


def _check_robot(call: VendorCall) -> No | None:
    kind = call.body.get("msgtype")
    part = call.body.get(kind) if isinstance(kind, str) else None
    if not isinstance(part, Mapping) or not (_text(part, "content") or _text(part, "text")):
        return No(200, {"errcode": 40035, "errmsg": "invalid message"})
    return None


def _read_robot(call: VendorCall) -> dict[str, str]:
    kind = str(call.body["msgtype"])
    part: Mapping[str, Any] = call.body[kind]
    at = call.body.get("at")
    called = at.get("atMobiles") if isinstance(at, Mapping) else part.get("mentioned_mobile_list")
    to = ", ".join(str(mobile) for mobile in called) if isinstance(called, list) else ""
    return {"to": to or "(group)", "title": _text(part, "title"), "text": _text(part, "content") or _text(part, "text")}


def _check_webhook(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.webhook_secret is None:
        return None
    stamp = call.headers.get("webhook-timestamp", "")
    signed = f"{call.headers.get('webhook-id', '')}.{stamp}.".encode() + call.raw
    code = base64.b64encode(hmac.new(secrets.webhook_secret, signed, hashlib.sha256).digest()).decode()
    fits = f"v1,{code}" in call.headers.get("webhook-signature", "").split(" ")
    fresh = stamp.isdigit() and abs(int(stamp) - call.now_s) <= SIGNATURE_LIFE_S
    return None if fits and fresh else No(401, {"error": "bad signature"})


def _check_yunpian(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.sms_token is not None and _text(call.body, "apikey") != secrets.sms_token:
        return No(400, {"http_status_code": 400, "code": -1, "msg": "非法的apikey"})
    if not re.fullmatch(r"1[3-9][0-9]{9}", _text(call.body, "mobile")):
        return No(400, {"http_status_code": 400, "code": 2, "msg": "请求参数格式错误", "detail": "mobile"})
    if not _text(call.body, "text").startswith("【"):
        return No(400, {"http_status_code": 400, "code": 5, "msg": "未自动匹配到合适的模板"})
    return None


def _read_yunpian(call: VendorCall) -> dict[str, str]:
    return {"to": _text(call.body, "mobile"), "text": _text(call.body, "text"), "key": _text(call.body, "uid")}


def _check_chuanglan(call: VendorCall, secrets: Secrets) -> No | None:
    if secrets.sms_token is not None and _text(call.body, "password") != secrets.sms_token:
        return No(200, {"code": "102", "msgId": "", "errorMsg": "密码错误"})
    if not re.fullmatch(r"1[3-9][0-9]{9}", _text(call.body, "phone")):
        return No(200, {"code": "107", "msgId": "", "errorMsg": "包含错误的手机号码"})
    if not _text(call.body, "msg").startswith("【"):
        return No(200, {"code": "123", "msgId": "", "errorMsg": "发送的短信内容没有签名"})
    return None


def _read_chuanglan(call: VendorCall) -> dict[str, str]:
    return {"to": _text(call.body, "phone"), "text": _text(call.body, "msg"), "key": _text(call.body, "uid")}


def _robot_yes(_: int) -> Mapping[str, Any]:
    return {"errcode": 0, "errmsg": "ok"}


def _numbered_yes(number: int) -> Mapping[str, Any]:
    return {"code": "OK", "id": f"msg-{number}"}


SERVICES: Mapping[str, Service] = {
    "/sms/send": Service("sms", _check_sms, _read_sms, _numbered_yes, No(200, {"code": "FAILED"})),
    "/voice/call": Service("voice", _check_sms, _read_sms, _numbered_yes, No(200, {"code": "FAILED"})),
    "/dingtalk/robot/send": Service(
        "dingtalk",
        _check_dingtalk,
        _read_robot,
        _robot_yes,
        No(200, {"errcode": 310000, "errmsg": "keywords not in content"}),
    ),
    "/wecom/webhook/send": Service(
        "wecom", _check_wecom, _read_robot, _robot_yes, No(200, {"errcode": 40058, "errmsg": "bad field"})
    ),
    "/feishu/hook": Service(
        "feishu",
        _check_feishu,
        _read_feishu,
        lambda _: {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
        No(200, {"code": 19024, "msg": "Key Words Not Found", "data": {}}),
    ),
    "/yunpian/v2/sms/single_send.json": Service(
        "yunpian",
        _check_yunpian,
        _read_yunpian,
        lambda number: {
            "code": 0,
            "msg": "发送成功",
            "count": 1,
            "fee": 0.05,
            "sid": 3310000000 + number,
        },
        No(200, {"code": 22, "msg": "验证码类短信1小时内同一手机号发送次数不能超过3次"}),
        form=True,
    ),
    "/chuanglan/msg/v1/send/json": Service(
        "chuanglan",
        _check_chuanglan,
        _read_chuanglan,
        lambda number: {"code": "0", "msgId": f"{number:017}", "time": "20261123120000", "errorMsg": ""},
        No(200, {"code": "109", "msgId": "", "time": "20261123120000", "errorMsg": "无发送额度"}),
    ),
    "/webhook": Service(
        "webhook", _check_webhook, _read_sms, lambda number: {"id": f"hook-{number}"}, No(200, {"errcode": 1})
    ),
}
