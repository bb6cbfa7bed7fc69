"""A mad gateway: how long a neighbour's smoke takes to its receipt while one gateway sends without end.

    python tests/bench/flood.py [--seconds 10] [--postgres]

The real intake (fair line, allowance, one commit for many) on a real database, in one process. Three rounds: nobody is
mad; the mad one meets the fair line alone; it meets the allowance as well, at the bottom of its bucket. It keeps its
line full. Prints p50 and p95 of the neighbour's receipts, the rows stored, and one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ingest.actions.base.context import ActionContext
from ingest.actions.base.secrets import MasterKey
from ingest.actions.incoming.accept_envelopes import Accepted, Arrival
from ingest.intake.allowance import Allowance
from ingest.intake.batching import MOST_WAITING_EACH, Answer, Batcher
from ingest.places.actions.load_places import load_places
from ingest.places.placefile_reader import read_places
from ingest.store.base.database import driver_url
from ingest.store.migrate import migrate
from ingest.wings import WINGS, open_database
from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.wire.codec import encode, flag_body, write_body
from models.wire.envelope import Envelope
from models.wire.messages import FlagBody, HourUse, UsageSummary
from models.wire.seal import Direction, derive_key, seal
from simulators.faults.scene.documents import places_toml
from tests.ingest.postgres_server import PostgresServer, run_apart

CALM, MAD = "gw-calm", "gw-mad"
EVERY_S = 0.2
LIMIT_S = 50.0
"""What `calm_per_gateway_s` is where nobody sets it."""
TRIED_S, BREATH_S = 3000, 0.01
"""How many messages the mad one tries in a second, and how often it draws breath."""
FULL_BUCKET = 200
"""Small, so that its bottom is reached at once: what is measured is the long run."""


class Gateway:
    """Seals one message after the other."""

    def __init__(self, name: str, master: bytes) -> None:
        self._name, self._key, self._seq = name, derive_key(master, name), 0

    def _sealed(self, kind: str, body: FlagBody | UsageSummary) -> Arrival:
        self._seq += 1
        envelope = Envelope(f"{self._name}-{self._seq}", self._name, "boot", self._seq, _now(), kind, write_body(body))
        return Arrival(seal(self._key, self._name, Direction.UP, encode(envelope)), self._name)

    def smoke(self, home: str) -> Arrival:
        """Return a new alarm."""
        evidence = Evidence({"device": home}, "烟雾探测器正在报警。", "The smoke detector is sounding its alarm.")
        episode = f"{home} {self._seq}"
        raised = FlagEvent.RAISED
        flag = Flag(
            home, FlagKind.SMOKE, Severity.CRITICAL, raised, _now(), _now(), 1.0, "smoke_bit", evidence, episode
        )
        return self._sealed("flag", flag_body(flag))

    def summary(self, home: str) -> Arrival:
        """Return an hour's use."""
        return self._sealed("usage_summary", UsageSummary(home, [HourUse(_now(), 10.0, 100.0)]))


def _now() -> datetime:
    return datetime.now(UTC)


async def _round(batcher: Batcher, calm: Gateway, mad: Gateway | None, seconds: float) -> tuple[list[float], int]:
    """Return how long each of the neighbour's alarms took (seconds), and how many of the mad one's rows were stored."""
    stored = 0
    end = time.monotonic() + seconds

    async def flood() -> None:
        nonlocal stored
        assert mad is not None
        waiting: set[asyncio.Future[Answer]] = set()
        while time.monotonic() < end:
            for _ in range(min(round(TRIED_S * BREATH_S), MOST_WAITING_EACH - len(waiting))):
                waiting.add(batcher.submit(mad.summary("h-mad")))
            await asyncio.sleep(BREATH_S)
            done = {one for one in waiting if one.done()}
            stored += sum(isinstance(one.result(), Accepted) for one in done)
            waiting -= done

    running = asyncio.create_task(batcher.run())
    flooding = None if mad is None else asyncio.create_task(flood())
    took = []
    while time.monotonic() < end:
        arrival, begin = calm.smoke("h-calm"), time.monotonic()
        assert isinstance(await batcher.submit(arrival), Accepted)
        took.append(time.monotonic() - begin)
        await asyncio.sleep(EVERY_S)
    if flooding is not None:
        await flooding
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return took, stored


async def _measure(url: str, folder: Path, seconds: float) -> dict[str, dict[str, float]]:
    master = secrets.token_bytes(32)
    db = open_database(driver_url(url))
    found: dict[str, dict[str, float]] = {}
    try:
        await migrate(db)
        ctx = ActionContext(db, MasterKey(master), "https://desk.example", WINGS)
        paper = folder / "places.toml"
        paper.write_text(places_toml([(CALM, ["h-calm"]), (MAD, ["h-mad"])], ("gw-quiet", [])), encoding="utf-8")
        await load_places(ctx, read_places(paper))
        calm, mad = Gateway(CALM, master), Gateway(MAD, master)
        rounds = {
            "nobody is mad": (None, Allowance(0)),
            "fair line alone": (mad, Allowance(0)),
            "with the allowance": (mad, Allowance(LIMIT_S, FULL_BUCKET)),
        }
        for name, (other, allowance) in rounds.items():
            took, stored = await _round(Batcher(ctx, _now, lambda: None, allowance), calm, other, seconds)
            cuts = statistics.quantiles(took, n=20)
            found[name] = {
                "alarms": len(took),
                "p50_ms": round(1000 * statistics.median(took)),
                "p95_ms": round(1000 * cuts[-1]),
                "rows_of_the_mad_one_a_second": round(stored / seconds),
            }
    finally:
        await db.close()
    return found


@contextmanager
def _database(folder: Path, postgres: bool) -> Iterator[str]:
    if not postgres:
        yield f"sqlite:///{folder}/ingest.sqlite"
        return
    server = PostgresServer()
    try:
        server.start()
        yield server.url(run_apart(server.new_database()))
    finally:
        server.stop()


def main() -> int:
    """Measure and print; 0 when the neighbour's smoke is told at least twice as soon with the allowance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--postgres", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, _database(Path(name), args.postgres) as url:
        found = asyncio.run(_measure(url, Path(name), args.seconds))
    for what, figures in found.items():
        print(f"{what:20} {figures}")
    print(json.dumps(found))
    return 0 if 2 * found["with the allowance"]["p50_ms"] <= found["fair line alone"]["p50_ms"] else 1


if __name__ == "__main__":
    sys.exit(main())
