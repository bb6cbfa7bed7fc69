"""Writer: one batch of lines to the InfluxDB v2 write API, and what became of it. Blocking; retries nothing.

influxdb-client's batching writer is not used: its queue is in memory and is lost on exit, and it takes any 2xx for a
success, a log-in page included. Here only 204 No Content, the API's own answer, counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from ingest.outward.history.settings import InfluxTarget

_NEVER = frozenset({400, 413, 422})
"""The body is at fault: not line protocol, too long, outside the bucket's retention. A smaller batch may pass."""


class Outcome(Enum):
    """What became of a batch."""

    WRITTEN = auto()
    AWAY = auto()
    """Nothing is known to be written: try the same lines again later."""
    REFUSED = auto()
    """At least one line will never be taken."""


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome with a reason that may be logged."""

    outcome: Outcome
    reason: str = ""


class InfluxWriter:
    """Holds the connection to one server. `close` when done."""

    def __init__(self, target: InfluxTarget) -> None:
        """Nothing connects yet; TLS is verified."""
        # the library's own annotations are few and partly wrong
        self._client: Any = InfluxDBClient(
            url=target.url,
            token=target.token,  # type: ignore[arg-type]
            org=target.org,
            timeout=int(target.timeout_s * 1000),
            enable_gzip=True,
            ssl_ca_cert=target.ca_file,
        )
        self._service: Any = WriteService(self._client.api_client)  # type: ignore[no-untyped-call]
        self._target = target

    def write(self, lines: Sequence[str]) -> Written:
        """Write `lines` (times in seconds) in one request and wait for the answer."""
        try:
            _, status, _ = self._service.post_write_with_http_info(
                self._target.org, self._target.bucket, "\n".join(lines), precision="s", urlopen_kw={"redirect": False}
            )
        except ApiException as error:
            outcome = Outcome.REFUSED if error.status in _NEVER else Outcome.AWAY
            return Written(outcome, f"HTTP {error.status}" if error.status else "TLS")
        except (urllib3.exceptions.HTTPError, OSError, UnicodeDecodeError) as error:
            return Written(Outcome.AWAY, type(error).__name__)
        if status != 204:
            return Written(Outcome.AWAY, f"HTTP {status}, which is not the write API's answer")
        return Written(Outcome.WRITTEN)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
