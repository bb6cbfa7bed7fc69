"""The HTTP door: POST /api/v1/envelopes, one sealed envelope in, one sealed receipt out. The seal is the only key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request, Response

from ingest.actions.incoming.accept_envelopes import LONGEST_SEALED, Accepted, Arrival, DenialKind, Denied
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.intake.batching import Batcher

PATH = "/api/v1/envelopes"
MEDIA_TYPE = "application/octet-stream"
_STATUS = {DenialKind.BAD_SEAL: 401, DenialKind.TOO_LARGE: 413, DenialKind.BAD_ENVELOPE: 422}


def envelope_router(batcher: Batcher, receipts: ReceiptWriter, clock: Callable[[], datetime]) -> APIRouter:
    """Return the router with the one route."""
    router = APIRouter()

    @router.post(PATH, include_in_schema=True, summary="One sealed envelope in, one sealed receipt out")
    async def take_envelope(request: Request) -> Response:
        body = await _body_within(request, LONGEST_SEALED)
        if body is None:
            return _plain(413, f"longer than {LONGEST_SEALED} bytes")
        answer = await batcher.submit(Arrival(body))
        if isinstance(answer, Accepted):
            sealed = receipts.write([answer], clock())[answer.gateway_id]
            return Response(sealed, media_type=MEDIA_TYPE)
        if isinstance(answer, Denied):
            return _plain(_STATUS[answer.kind], answer.reason)
        return Response("not stored; keep it and send again", 503, {"Retry-After": "5"}, "text/plain")

    return router


async def _body_within(request: Request, limit: int) -> bytes | None:
    """Read at most `limit` bytes; None as soon as there are, or are said to be, more."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _plain(status: int, reason: str) -> Response:
    return Response(reason, status, media_type="text/plain")
