"""The page on which the vendor shows what came, one phone per number. Text only ever goes in escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from simulators.vendors.inbox import InboxMessage

_ADDRESS = re.compile(r"https?://[^\s<>\"'，。；]+")
_SERVICES = {
    "sms": "短信 SMS",
    "voice": "电话 call",
    "dingtalk": "钉钉 DingTalk",
    "wecom": "企业微信 WeCom",
    "webhook": "webhook",
}
_STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:1rem;background:#e8ecef;color:#1b2733}
h1{font-size:1.2rem}main{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}
section{width:19rem;background:#fff;border:.4rem solid #26323d;border-radius:1.4rem;padding:.8rem}
h2{font-size:1rem;margin:0 0 .5rem;text-align:center}
article{background:#eef5ea;border-radius:.8rem;padding:.5rem .7rem;margin:.5rem 0;overflow-wrap:anywhere}
article.voice{background:#fdf1dc}p{margin:.2rem 0}small{color:#56646f}
"""


def linked(text: str) -> str:
    """Return `text` as HTML with its web addresses made links."""
    pieces: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = escape(match.group(), quote=True)
        pieces += [escape(text[end : match.start()]), f'<a href="{address}" rel="noreferrer">{address}</a>']
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def _article(message: InboxMessage) -> str:
    title = f"<p><strong>{escape(message.title)}</strong></p>" if message.title else ""
    # a webhook's text comes with the link apart; elsewhere the link is in the text
    apart = message.link if message.link and message.link not in message.text else ""
    service = escape(_SERVICES.get(message.service, message.service))
    again = f" · 重复 repeats: {message.repeats}" if message.repeats else ""
    return (
        f'<article class="{escape(message.service, quote=True)}">{title}<p>{linked(message.text)}</p>'
        f"<p>{linked(apart)}</p>"
        f"<small>{service} · {escape(message.at[11:19])} UTC{again}</small></article>"
    )


def render(messages: Iterable[InboxMessage]) -> str:
    """Return the page: one phone per addressee, newest message first."""
    phones: dict[str, list[InboxMessage]] = {}
    for message in messages:
        phones.setdefault(message.to or "?", []).append(message)
    sections = "".join(
        f"<section><h2>{escape(to)}</h2>{''.join(_article(m) for m in reversed(of))}</section>"
        for to, of in sorted(phones.items())
    )
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>手机 Phones</title><style>{_STYLE}</style></head><body><h1>收到的消息 · What came</h1>"
        f"<main>{sections or '<p>还没有消息 · nothing yet</p>'}</main></body></html>"
    )
