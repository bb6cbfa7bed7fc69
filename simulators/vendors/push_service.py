"""A push service as browsers have one: real HTTP, a door for each subscription; it keeps what was posted, and answers
201, or as told. It can not read what it keeps, for only the browser has the keys.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_LONGEST = 4096 + 200


@dataclass(frozen=True, slots=True)
class Posted:
    """One request: the door's path, the headers by lower-case name, and the bytes."""

    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


class PushService:
    """`with PushService() as service: … service.url + "/any-door"`. `answers`: path → status, else 201."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answers: dict[str, int] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="push", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, service: PushService) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30.0

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: paths are secrets."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.service.answers.get(self.path, 201)
        if len(body) > _LONGEST:
            status = 413
        self.server.service.posted.append(Posted(self.path, headers, body))
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
