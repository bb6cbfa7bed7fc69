"""A real PostgreSQL of our own: Debian's programs, a fresh cluster in the system's temporary folder, a free port."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from tests.ports import own_port

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a loop of its own, also from within a test's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class PostgresServer:
    """One cluster for a test session; each test gets a database of its own, copied from a template."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        assert found, "PostgreSQL is missing: sh tests/packages.sh tests/packages.txt"
        self._programs = found[-1].parent
        self._user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        self._folder = Path(tempfile.mkdtemp(prefix="linshe-pg-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self.port = own_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def start(self) -> None:
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "linshe", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 200,
            "deadlock_timeout": "200ms",
        }
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )
        give_up = time.monotonic() + 120
        while time.monotonic() < give_up:
            try:
                run_apart(self._execute("SELECT 1"))
            except (OSError, asyncpg.PostgresError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("PostgreSQL does not answer")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # at SIGTERM it would wait for whoever is still connected
            self._process.wait(60)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql://linshe@127.0.0.1:{self.port}/{name}"

    async def new_database(self, template: str = "template0") -> str:
        self._count += 1
        name = f"t{self._count}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    async def drop_database(self, name: str) -> None:
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="linshe", database="postgres", timeout=60
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self._programs / program, *map(str, arguments)],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=self._folder,
        )
