"""Both doors over TLS, against a real broker and a real HTTPS server: who can't prove who they are gets nothing."""

from __future__ import annotations

import asyncio
import gc
import http.server
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme

from gateway.links.mqtt_session import Tls
from gateway.uplink.http_door import DoorShutError, HttpDoor
from gateway.uplink.mqtt import MqttDoor
from tests.ports import own_port


@dataclass
class Papers:
    """Certificates on disk: our authority, a stranger's, the server's and a client's."""

    authority: Path
    stranger: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    ours, theirs = trustme.CA(), trustme.CA()
    names = ("ca", "stranger", "server.pem", "server.key", "client.pem", "client.key")
    result = Papers(*(folder / name for name in names))
    ours.cert_pem.write_to_path(str(result.authority))
    theirs.cert_pem.write_to_path(str(result.stranger))
    server, client = ours.issue_cert("localhost"), ours.issue_cert("gw-1")
    server.cert_chain_pems[0].write_to_path(str(result.server_cert))
    server.private_key_pem.write_to_path(str(result.server_key))
    client.cert_chain_pems[0].write_to_path(str(result.client_cert))
    client.private_key_pem.write_to_path(str(result.client_key))
    return result


@pytest.fixture
def tls_broker(tmp_path: Path, papers: Papers, wait_for: Any) -> Iterator[int]:
    port = own_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\nuser root\n"
        f"cafile {papers.authority}\ncertfile {papers.server_cert}\nkeyfile {papers.server_key}\n"
    )
    command = ["/usr/sbin/mosquitto", "-c", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(answers, what="the broker's start")
    yield port
    process.kill()
    process.wait()


async def reasons(port: int, tls: Tls | None, host: str = "localhost") -> list[str | None]:
    """Open a broker's door and return what it said of the way, up to the first word."""
    told: list[str | None] = []
    door = MqttDoor("gw-1", host, port, tls=tls)
    await door.start(lambda _: None, told.append, lambda _: None)
    try:
        async with asyncio.timeout(60):
            while not told:
                await asyncio.sleep(0.02)
        assert door.connected == (told[0] is None)
    finally:
        await door.stop()
    return told


async def test_with_the_right_papers_the_broker_is_reached(tls_broker: int, papers: Papers) -> None:
    tls = Tls(papers.authority, papers.client_cert, papers.client_key)
    assert (await reasons(tls_broker, tls))[0] is None


# paho leaves the socket of a failed handshake to the garbage collector; it is made to close it in the test
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("wrong", ["authority", "no papers of our own", "no tls", "name"])
async def test_with_wrong_papers_it_is_not(tls_broker: int, papers: Papers, wrong: str) -> None:
    right = Tls(papers.authority, papers.client_cert, papers.client_key)
    tls = {
        "authority": Tls(papers.stranger, papers.client_cert, papers.client_key),
        "no papers of our own": Tls(papers.authority),
        "no tls": None,
        "name": right,
    }[wrong]
    host = "127.0.0.1" if wrong == "name" else "localhost"
    assert (await reasons(tls_broker, tls, host))[0] is not None
    gc.collect()


class _Ingest(http.server.BaseHTTPRequestHandler):
    status: ClassVar[int] = 200
    heard: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, body))
        self.send_response(self.status)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"receipt")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def https(papers: Papers) -> Iterator[int]:
    _Ingest.status = 200
    _Ingest.heard.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Ingest)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.server_cert, papers.server_key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(60)


def test_the_http_door_posts_the_envelope_and_brings_the_receipt(https: int, papers: Papers) -> None:
    door = HttpDoor(f"https://localhost:{https}", Tls(papers.authority))
    assert door.post(b"sealed") == b"receipt"
    assert _Ingest.heard == [("/api/v1/envelopes", b"sealed")]


@pytest.mark.parametrize("status", [401, 413, 422, 500, 503])
def test_any_other_answer_leaves_the_message_with_us(https: int, papers: Papers, status: int) -> None:
    _Ingest.status = status
    with pytest.raises(DoorShutError, match=str(status)):
        HttpDoor(f"https://localhost:{https}", Tls(papers.authority)).post(b"sealed")


@pytest.mark.parametrize("wrong", ["authority", "system list", "name"])
def test_the_http_door_tells_nothing_to_a_stranger(https: int, papers: Papers, wrong: str) -> None:
    tls = {"authority": Tls(papers.stranger), "system list": None, "name": Tls(papers.authority)}[wrong]
    host = "127.0.0.1" if wrong == "name" else "localhost"
    with pytest.raises(DoorShutError):
        HttpDoor(f"https://{host}:{https}", tls).post(b"sealed")
    assert _Ingest.heard == []


def test_nobody_there_is_a_shut_door() -> None:
    with pytest.raises(DoorShutError):
        HttpDoor(f"http://127.0.0.1:{own_port()}").post(b"sealed")
