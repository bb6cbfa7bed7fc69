"""Ports: where the demonstration's servers listen: on this machine only, fixed for the run, free when it starts."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_FIRST_QUIET = 18000


@dataclass(frozen=True, slots=True)
class Ports:
    """The three doors that are open to a browser or a program on this machine."""

    broker: int
    web: int
    vendor: int
    claims: list[socket.socket] = field(default_factory=list, compare=False)
    """What tells another demonstration that a port is spoken for before a server listens on it."""

    def release(self) -> None:
        """Let another demonstration have the ports."""
        for claim in self.claims:
            claim.close()
        self.claims.clear()


def choose_ports() -> Ports:
    """Return the usual ports where they are free, others where not."""
    claims: list[socket.socket] = []
    broker, web, vendor = (_free(wanted, claims) for wanted in (1884, 8000, 8025))
    return Ports(broker, web, vendor, claims)


def claim_ports(count: int) -> tuple[list[int], list[socket.socket]]:
    """Return so many ports, and what claims them: below the range from which the near ends of connections come.

    So a server that is killed finds its own port free when it comes back.
    """
    claims: list[socket.socket] = []
    found: list[int] = []
    for port in range(_FIRST_QUIET, _FIRST_QUIET + 4000):
        if len(found) == count:
            break
        if not answers(port) and _claim(port, claims):
            found.append(port)
    if len(found) < count:
        raise OSError(f"no {count} free ports on {HOST}")
    return found, claims


def _free(wanted: int, claims: list[socket.socket]) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                found = int(probe.getsockname()[1])
                if _claim(found, claims):
                    return found
    raise OSError(f"no free port on {HOST}")


def _claim(port: int, claims: list[socket.socket]) -> bool:
    """Take the port's name in Linux's abstract sockets: it is gone when we are, however we end."""
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0linshe-demo-port-{port}")
    except OSError:
        claim.close()
        return False
    claims.append(claim)
    return True


def answers(port: int) -> bool:
    """Whether something accepts connections on `port`."""
    try:
        with socket.create_connection((HOST, port), timeout=0.5):
            return True
    except OSError:
        return False
