"""linshe-ingest from its command line, as real processes: set up a town, serve, take an alarm, stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.intake.http import PATH
from models.wire.codec import decode, encode, read_body, write_body
from models.wire.envelope import Envelope
from models.wire.messages import Receipt
from models.wire.seal import Direction, seal, unseal
from tests.ingest.town import NOON, flag
from tests.ports import own_port

PLACES = """
[[areas]]
id = "hs"
level = "district"
name_zh = "海曙区"
name_en = "Haishu"
[[gateways]]
id = "gw-1"
area = "hs"
[[homes]]
id = "h-1"
area = "hs"
gateway = "gw-1"
label = "1-101"
"""


class Place:
    """A folder with settings, and the program run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = own_port()
        (folder / "master.key").write_text("0f" * 32)
        (folder / "password").write_text("correct horse battery\n")
        (folder / "places.toml").write_text(PLACES)
        (folder / "ingest.toml").write_text(f'[ingest]\nmaster_key_file = "master.key"\n[web]\nport = {self.port}\n')
        self.command = [sys.executable, "-m", "ingest", "--config", str(folder / "ingest.toml")]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.command, *arguments], capture_output=True, text=True, timeout=120, check=False)

    def post(self, body: bytes) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{PATH}", body, timeout=20) as answer:
            return bytes(answer.read())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    return Place(tmp_path)


def test_a_town_is_set_up_served_and_stopped(place: Place) -> None:
    early = place.run("serve")
    assert (early.returncode, "linshe-ingest migrate" in early.stderr) == (2, True)
    assert place.run("migrate").returncode == 0
    for _ in range(2):
        assert place.run("load", str(place.folder / "places.toml")).returncode == 0
    user = ["user", "add", "--login", "ma", "--role", "dispatcher", "--area"]
    assert place.run(*user, "hs", "--password-file", str(place.folder / "password")).returncode == 0
    wrong = place.run(*user, "nowhere", "--password-file", str(place.folder / "password"))
    assert (wrong.returncode, "nowhere" in wrong.stderr) == (2, True)
    key = bytes.fromhex(place.run("gateway", "add", "gw-1", "--area", "hs", "--print-key").stdout)
    serving = subprocess.Popen([*place.command, "serve"], stderr=subprocess.PIPE, text=True)
    try:
        body = encode(Envelope("m-1", "gw-1", "b", 1, NOON, "flag", write_body(flag())))
        sealed = seal(key, "gw-1", Direction.UP, body)
        give_up = time.monotonic() + 120
        while True:
            try:
                answer = place.post(sealed)
                break
            except urllib.error.URLError:
                assert time.monotonic() < give_up
                assert serving.poll() is None
                time.sleep(0.2)
        (line,) = read_body(decode(unseal(lambda _: key, Direction.DOWN, answer)[1]), Receipt).lines
        assert (line.message_id, line.status.value) == ("m-1", "stored")
        serving.send_signal(signal.SIGTERM)
        _, log = serving.communicate(timeout=120)
        assert serving.returncode == 0, log
        assert "Traceback" not in log
    finally:
        serving.kill()
        serving.communicate()
