"""Lateness: how long a flag lay here before it could leave, written into it as it leaves, so that ingest need believe
no clock; and whether its situation is over by now. Pure. A flag that leaves at once is sent as it was made.
"""

from __future__ import annotations

from models.wire.codec import decode, encode

WORTH_SAYING_S = 60.0


def said_late(envelope: bytes, waited_s: float, *, is_over: bool) -> bytes:
    """Return the encoded flag with how long it has waited; its id and everything else stay."""
    flag = decode(envelope)
    flag.body["waited_s"] = round(waited_s, 1)
    flag.body["over"] = is_over
    return encode(flag)
