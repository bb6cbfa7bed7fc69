"""Ports for servers that tests start: nobody else's, not even while the server is down and started again.

Asking the system for "any free port" and letting go of it again leaves a gap in which another test's server, or the
near end of any connection on this machine, can take it. These lie below the range that connections are given, and each
is spoken for until this process ends.
"""

from __future__ import annotations

import os
import socket
from itertools import count

HOST = "127.0.0.1"
_FIRST, _COUNT = 10_000, 20_000
_numbers = count(os.getpid() * 37)
_claims: list[socket.socket] = []


def own_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens, and which no other test process will be given."""
    for number in _numbers:
        port = _FIRST + number % _COUNT
        if _claim(port) and _is_free(port):
            return port
    raise AssertionError("counting never ends")


def _claim(port: int) -> bool:
    """Take the port's name among Linux's abstract sockets: it is gone when we are, however we end."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0linshe-test-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
