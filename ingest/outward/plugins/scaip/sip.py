"""SIP: messages both ways and the client's non-INVITE transaction of RFC 3261, 17.1.2. Pure: bytes in, bytes out.

Only what a MESSAGE (RFC 3428) and its answer need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

T1 = 0.5
T2 = 4.0
MTU_SAFE = 1300
"""A longer request must not go by UDP (RFC 3261, 18.1.1)."""
LONGEST_MESSAGE = 64 * 1024
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "c": "content-type"}
_COPIED = ("Via", "From", "To", "Call-ID", "CSeq")


class SipError(ValueError):
    """Bytes that are no SIP message."""


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A request or a response. Header names in lower case and in full; of several Vias, all in their order."""

    start: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes = field(default=b"", repr=False)

    @property
    def status(self) -> int | None:
        """The status code of a response, None for a request."""
        return int(self.start[8:11]) if self.start.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        if self.status is None:
            return self.start.split(" ", 1)[0]
        return self.first("cseq").rpartition(" ")[2]

    @property
    def branch(self) -> str:
        """The branch of the topmost Via: what names the transaction."""
        for part in self.first("via").split(";"):
            name, _, value = part.strip().partition("=")
            if name.lower() == "branch":
                return value
        return ""

    def first(self, name: str) -> str:
        """Return the first header of this (lower-case) name, empty where there is none."""
        return self.headers.get(name, ("",))[0]


class Resends:
    """Timers E and F: when an unanswered request is sent again, and when it is given up."""

    def __init__(self, reliable: bool, t1: float = T1) -> None:
        """`reliable`: TCP sends again by itself. `t1` in seconds is the guess of a round trip."""
        self._left = 64 * t1
        self._reliable = reliable
        self._interval = t1

    def next_wait(self) -> float | None:
        """Return how long to wait for an answer before sending again; None once time is over."""
        if self._left <= 0:
            return None
        wait = self._left if self._reliable else min(self._interval, self._left)
        self._left -= wait
        self._interval = min(2 * self._interval, T2)
        return wait

    def provisional(self) -> None:
        """A 1xx came: the peer has it, from now on every T2 is enough."""
        self._interval = T2


def message_request(
    *, target: str, sender: str, via: str, branch: str, call_id: str, tag: str, content_type: str, body: bytes
) -> bytes:
    """Return a MESSAGE to the URI `target` from the URI `sender`; `via` is `UDP 192.0.2.1:5060`."""
    lines = [
        f"MESSAGE {target} SIP/2.0",
        f"Via: SIP/2.0/{via};rport;branch={branch}",
        "Max-Forwards: 70",
        f"From: <{sender}>;tag={tag}",
        f"To: <{target}>",
        f"Call-ID: {call_id}",
        "CSeq: 1 MESSAGE",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response_to(request: SipMessage, status: int, reason: str, tag: str) -> bytes:
    """Return our response to a request of the peer."""
    lines = [f"SIP/2.0 {status} {reason}"]
    for name in _COPIED:
        for value in request.headers.get(name.lower(), ()):
            tagged = name == "To" and ";tag=" not in value
            lines.append(f"{name}: {value};tag={tag}" if tagged else f"{name}: {value}")
    lines.append("Content-Length: 0")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def parse(data: bytes) -> SipMessage:
    """Return the message in a datagram; raises `SipError`."""
    message, rest = _split(data)
    if message is None or rest:
        raise SipError("not one whole message")
    return message


class SipReader:
    """Cuts a stream into messages by their Content-Length (RFC 3261, 18.3)."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[SipMessage]:
        """Return the messages that are whole now; raises `SipError` for what can't become one."""
        self._buffer += data
        found: list[SipMessage] = []
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")  # keep-alives
            message, rest = _split(self._buffer)
            if message is None:
                break
            found.append(message)
            self._buffer = rest
        if len(self._buffer) > LONGEST_MESSAGE:
            raise SipError("a message without an end")
        return found


def _split(data: bytes) -> tuple[SipMessage | None, bytes]:
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        return None, data
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError as error:
        raise SipError("headers are not UTF-8") from error
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise SipError("a header without a colon")
        key = name.strip().lower()
        key = _SHORT.get(key, key)
        headers[key] = (*headers.get(key, ()), value.strip())
    start = lines[0]
    is_response = start.startswith("SIP/2.0 ") and start[8:11].isdigit()
    if not (is_response or start.endswith(" SIP/2.0")):
        raise SipError("neither a request nor a response")
    length = headers.get("content-length", (str(len(rest)),))[0]
    if not (length.isascii() and length.isdigit()) or int(length) > LONGEST_MESSAGE:
        raise SipError("a Content-Length that is no number, or too large")
    if len(rest) < int(length):
        return None, data
    return SipMessage(start, headers, rest[: int(length)]), rest[int(length) :]
