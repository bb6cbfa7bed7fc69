"""Readable: what people and programs send us as text, made fit for a database and a page. Pure, but for the ASGI guard.

PostgreSQL takes no zero byte, no encoding takes half a surrogate: either would end as an error of ours, not of theirs.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LAYOUT = frozenset("\n\t")


def is_encodable(text: str) -> bool:
    """Return whether `text` can be hashed or kept at all: no half surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def kept_text(text: str, longest: int) -> str:
    """Return what somebody wrote as it is kept: its lines, without control signs, at most `longest` characters."""
    lines = text.replace("\r\n", "\n").strip()[:longest]
    return "".join(letter if letter.isprintable() or letter in _LAYOUT else " " for letter in lines).strip()


class ReadableAddress:
    """ASGI middleware: 400 for an address with a zero byte in its path or query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and ("\0" in scope["path"] or b"\0" in unquote_to_bytes(scope["query_string"])):
            await JSONResponse({"error": "http", "status": 400}, 400)(scope, receive, send)
            return
        await self._app(scope, receive, send)
