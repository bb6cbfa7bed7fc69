"""Server: a PostgreSQL of our own, where Debian's programs for it are installed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulators.demo.children import Supervisor
from simulators.demo.ports import HOST
from simulators.faults.scene.ends import PostgresEnd

_PLACE = Path("/usr/lib/postgresql")
_SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "shared_buffers=64MB")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One cluster in a folder of its own. It keeps its promises: every commit is on the disk."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The ingester's database."""
        return self.url_of("linshe")

    @property
    def end(self) -> PostgresEnd:
        """The same, for `psql`."""
        return PostgresEnd(self.programs / "psql", self.url)

    async def start(self, supervisor: Supervisor) -> None:
        """Make the cluster and start the server; `make_database` when it answers."""
        data = str(self.folder / "data")
        # the server refuses to run as root
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.folder, user)
        made = [str(self.programs / "initdb"), "-D", data, "-U", "linshe", "-A", "trust", "-E", "UTF8"]
        await supervisor.run_command("initdb", [*made, "--locale=C.UTF-8"], user)
        settings: Sequence[str] = [f"--{one}" for one in (*_SETTINGS, f"port={self.port}")]
        await supervisor.start_command("postgres", [str(self.programs / "postgres"), "-D", data, *settings], user)

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            PostgresEnd(self.programs / "psql", self.url_of("postgres")).rows("SELECT 1")
        except OSError:
            return False
        return True

    def make_database(self, name: str = "linshe") -> None:
        """Make an empty database; raises `OSError`."""
        PostgresEnd(self.programs / "psql", self.url_of("postgres")).rows(f"CREATE DATABASE {name}")

    def url_of(self, name: str) -> str:
        """Return the address of a database of that name."""
        return f"postgresql://linshe@{HOST}:{self.port}/{name}"

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def find_postgres(port: int) -> PostgresServer | None:
    """Return the newest PostgreSQL of this machine, ready to be started, or None if there is none."""
    found = sorted(_PLACE.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        return None
    return PostgresServer(found[-1].parent, Path(tempfile.mkdtemp(prefix="linshe-faults-pg-")), port)
