"""A database with a spool, and a real server that speaks the InfluxDB v2 write API (VictoriaMetrics)."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from ingest.outward.history.settings import InfluxTarget, read_influx
from ingest.store.base.database import Database, driver_url
from ingest.tables import metadata
from tests.ports import own_port


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database file with all tables."""
    opened = Database(driver_url(f"sqlite:///{tmp_path}/ingest.sqlite"))
    async with opened.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield opened
    await opened.close()


class InfluxServer:
    """VictoriaMetrics on a port of its own; can be stopped and started, and keeps its data."""

    def __init__(self, folder: Path) -> None:
        self._port = own_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        program = shutil.which("victoria-metrics")
        assert program, "victoria-metrics is missing: sh tests/packages.sh tests/packages.txt"
        self._process = subprocess.Popen(
            [program, f"-httpListenAddr=127.0.0.1:{self._port}", f"-storageDataPath={self._folder}",
             "-retentionPeriod=100y", "-memory.allowedBytes=64MB", "-loggerLevel=ERROR"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            try:
                self.get("/health")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("victoria-metrics does not answer")

    def stop(self) -> None:
        """Stop it, where it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def get(self, path: str, **query: str) -> bytes:
        """GET a page of the server."""
        with urllib.request.urlopen(f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=60) as answer:
            return bytes(answer.read())

    def points(self, metric: str) -> dict[tuple[str, int], float]:
        """Every point of `metric`: (home, time in ms) → value. The last of a repeated point counts."""
        self.get("/internal/force_flush")
        found: dict[tuple[str, int], float] = {}
        exported = self.get("/api/v1/export", **{"match[]": metric, "start": "0", "end": "4102444800"})
        for line in exported.splitlines():
            series = json.loads(line)
            home = series["metric"]["home"]
            found |= {(home, at): value for at, value in zip(series["timestamps"], series["values"], strict=True)}
        return found


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxServer]:
    """A server that is not started yet."""
    server = InfluxServer(tmp_path / "victoria")
    yield server
    server.stop()


@pytest.fixture
def target_at(tmp_path: Path) -> Callable[[str], InfluxTarget]:
    """Settings for a server's address, that soon try again."""

    def make(url: str) -> InfluxTarget:
        (tmp_path / "token").write_text("hush-token")
        patience = {"timeout_s": 30, "longest_wait_s": 1}
        table = {"url": url, "bucket": "linshe", "org": "o", "token_file": "token", **patience}
        return read_influx(table, tmp_path)

    return make
