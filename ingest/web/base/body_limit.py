"""Body limit: no request may send us more than a page or a gateway ever would, nor take for ever about it.

Plain ASGI, before any form or JSON is read: a reader that first takes all and then looks would fill memory or disk for
a stranger who has not even logged in.
"""

from __future__ import annotations

import asyncio
import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY = 512 * 1024
"""The longest honest one is a gateway's sealed envelope, half of this."""
LONGEST_PHOTO_BODY = 8 * 1024 * 1024 + 64 * 1024
"""A photo of the largest kind that is kept, and the form around it; only to addresses that take photos."""
WHOLE_WITHIN_S = 20.0
PHOTO_WITHIN_S = 90.0
"""A stairwell has a bad line."""
PHOTOS_AT_ONCE = 4
"""So that strangers who send much fill no memory."""
_TAKES_PHOTOS = re.compile(r"/(api/v1/tickets|tickets|go)/[^/]+/photos")


class BodyLimit:
    """ASGI middleware: takes the whole body first; 413 for one that is too long, 408 for one that does not end."""

    def __init__(self, app: ASGIApp, *, longest: int = LONGEST_BODY, within_s: float = WHOLE_WITHIN_S) -> None:
        self._app = app
        self._longest = longest
        self._within_s = within_s
        self._photos = asyncio.Semaphore(PHOTOS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        photo = scope["method"] == "POST" and _TAKES_PHOTOS.fullmatch(scope["path"]) is not None
        if not photo:
            await self._pass_on(scope, receive, send, longest=self._longest, within_s=self._within_s)
            return
        async with self._photos:
            await self._pass_on(scope, receive, send, longest=LONGEST_PHOTO_BODY, within_s=PHOTO_WITHIN_S)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, *, longest: int, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                first = await _whole(receive, longest)
        except TimeoutError:
            await _refuse(408, scope, receive, send)
            return
        if first is None:
            await _refuse(413, scope, receive, send)
            return
        waiting = [first]

        async def after_the_body() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, after_the_body, send)


async def _whole(receive: Receive, longest: int) -> Message | None:
    """Return the body as one message, None when it is too long; a reader who has gone is passed on."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
        if len(body) > longest:
            return None
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    # what is still on its way is not waited for
    answer = JSONResponse({"error": "http", "status": status}, status, headers={"Connection": "close"})
    await answer(scope, receive, send)
