"""The vendor's HTTP server: real sockets, one thread per call, so that a slow answer holds up nobody else.

`POST` on the services' paths takes messages; `GET /` shows them, `GET /api/messages` lists them, `POST /api/faults`
orders trouble. Reads the wall's clock: a vendor lives in real time.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from simulators.vendors.faults import FaultError, FaultMode, VendorFault, VendorFaults, read_fault
from simulators.vendors.inbox import Inbox, InboxMessage
from simulators.vendors.page import render
from simulators.vendors.services import SERVICES, No, Secrets, Service, VendorCall

LONGEST_BODY = 256 * 1024
IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all handlers of one server share."""

    secrets: Secrets
    inbox: Inbox = field(default_factory=Inbox)
    faults: VendorFaults = field(default_factory=VendorFaults)
    closing: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], desk: _Desk) -> None:
        self.desk = desk
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are everyday business of a vendor; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: request lines hold tokens."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        desk = self.server.desk
        if path == "/":
            self._answer(200, render(desk.inbox.messages()).encode(), "text/html; charset=utf-8")
        elif path == "/api/messages":
            self._json(200, {"messages": [message.as_json() for message in desk.inbox.messages()]})
        elif path == "/api/faults":
            self._json(200, {"faults": desk.faults.waiting()})
        else:
            self._json(404, {"error": "no such page"})

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        raw = self._body()
        if raw is None:
            return
        door, _, last_part = target.path.rpartition("/")
        path = target.path if target.path in SERVICES else door
        service = SERVICES.get(path)
        body = _fields(raw, form=service is not None and service.form)
        if body is None:
            self._json(400, {"error": "the body must be a JSON object"})
        elif target.path == "/api/faults":
            self._order(body)
        elif service is not None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = VendorCall(headers, dict(parse_qsl(target.query)), body, raw, time.time(), last_part)
            self._serve(path, service, call)
        else:
            self._json(404, {"error": "no such door"})

    def _body(self) -> bytes | None:
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._json(413 if length.isdigit() else 411, {"error": f"say a content-length of at most {LONGEST_BODY}"})
            return None
        return self.rfile.read(int(length))

    def _order(self, body: Mapping[str, Any]) -> None:
        try:
            self.server.desk.faults.order(read_fault(body))
        except FaultError as error:
            self._json(400, {"error": str(error)})
            return
        self._json(200, {"faults": self.server.desk.faults.waiting()})

    def _serve(self, path: str, service: Service, call: VendorCall) -> None:
        desk = self.server.desk
        fault = desk.faults.next_for(path)
        if fault is not None and self._failed(fault, service):
            return
        refusal = service.check(call, desk.secrets)
        if refusal is not None:
            self._json(refusal.status, refusal.body)
            return
        fields = service.read(call)
        key = call.headers.get("idempotency-key") or fields.get("key", "")
        at = datetime.fromtimestamp(call.now_s, UTC).isoformat(timespec="milliseconds")
        message, _ = desk.inbox.take(service.name, key, fields, at)
        if fault is not None:
            desk.closing.wait(IDLE_S if fault.mode is FaultMode.TIMEOUT else fault.delay_s)
            if fault.mode is FaultMode.TIMEOUT:
                self.close_connection = True
                return
        self._json(200, service.yes(message.number))

    def _failed(self, fault: VendorFault, service: Service) -> bool:
        """Answer a fault in which nothing is taken; False for the others."""
        if fault.mode is FaultMode.SERVER_ERROR:
            self._json(500, {"error": "told to fail"})
        elif fault.mode is FaultMode.ERRCODE:
            no: No = service.no
            self._json(no.status, no.body)
        elif fault.mode is FaultMode.NONSENSE:
            self._answer(200, b"<html><body>Please log in</body></html>", "text/html")
        else:
            return False
        return True

    def _json(self, status: int, body: Mapping[str, Any]) -> None:
        self._answer(status, json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(content)


def _fields(raw: bytes, *, form: bool) -> dict[str, Any] | None:
    try:
        body = dict(parse_qsl(raw.decode(), keep_blank_values=True)) if form else json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


class Vendor:
    """A vendor at work: `with Vendor() as vendor: … vendor.url …`. Port 0 takes any free one."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, secrets: Secrets | None = None) -> None:
        """Open the port; raises `OSError` if it is taken. Calls are answered from `start` on."""
        self._desk = _Desk(secrets or Secrets())
        self._server = _Server((host, port), self._desk)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="vendor", daemon=True)

    @property
    def url(self) -> str:
        """The address of the front page, without a slash at the end."""
        host, port = self._server.server_address[:2]
        shown = host if isinstance(host, str) else host.decode()
        return (
            f"http://[{shown}]:{port}" if self._server.address_family == socket.AF_INET6 else f"http://{shown}:{port}"
        )

    def messages(self) -> list[InboxMessage]:
        """Return what came, oldest first."""
        return self._desk.inbox.messages()

    def fail(self, mode: str, count: int | None = None, path: str | None = None, delay_s: float = 1.0) -> None:
        """Order a fault, as `POST /api/faults` does; raises `FaultError`."""
        self._desk.faults.order(read_fault({"mode": mode, "count": count, "path": path, "delay_s": delay_s}))

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._desk.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
