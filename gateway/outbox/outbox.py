"""Outbox: messages that ingest does not have yet. Flags stay until ingest's own receipt; nothing else removes them.

Rows are on the disk. Leases are not: they say which messages are on their way in this run and when to try again, in
monotonic seconds, so a set clock can't hold a flag back and a restart tries everything at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.outbox.lateness import WORTH_SAYING_S, said_late
from gateway.outbox.priority import Rank
from gateway.store import Store
from models.flag import FlagEvent
from models.wire.codec import encode
from models.wire.envelope import Envelope
from models.wire.messages import MessageKind, ReceiptLine

Row = tuple[str, int, bytes, str, int]

WINDOW = 64
"""How many messages may be on their way without a receipt. Smoke does not wait for the window."""
_LONGEST_WAIT_S = 300.0
_PATIENT_FROM = 4
"""From this attempt on a message waits long for its receipt, and so it leaves its place in the window to another."""
_MOST_PATIENT = 4 * WINDOW


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message to send now: `envelope` is encoded, not sealed; `attempt` counts from 1."""

    message_id: str
    rank: int
    envelope: bytes
    attempt: int
    kind: str = ""
    created_ms: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A message on its way: how often it was sent, and when to send it again."""

    attempt: int
    again_at: float


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message without a receipt, encoded; `created_ms` by the wall."""

    message_id: str
    created_ms: int
    envelope: bytes


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """The ledger in three numbers; `lost` is what neither waits nor was receipted and must always be 0."""

    created: int
    receipted: int
    lost: int


class Outbox:
    """The outbox inside the gateway's store."""

    def __init__(
        self, store: Store, receipt_s: float, max_summaries: int, steady: Callable[[], float] | None = None
    ) -> None:
        """`steady` are monotonic seconds, for how long a message of this run has waited; without it the wall counts."""
        self._steady = steady
        self._put_at: dict[str, float] = {}
        self._beat: Waiting | None = None
        self._store = store
        self._receipt_s = receipt_s
        self._max_summaries = max_summaries
        self._leases: dict[str, Lease] = {}

    def put_flag(self, db: sqlite3.Connection, flag_id: str, event: str, rank: Rank, envelope: Envelope) -> bool:
        """Add a flag's message inside the caller's transaction. A flag that was put before is not put again: False."""
        new = db.execute(
            "INSERT INTO sent_flags (flag_id, event, message_id, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (flag_id, event, envelope.message_id, _ms(envelope)),
        )
        if new.rowcount == 0:
            return False
        self._insert(db, rank, envelope)
        return True

    def put(self, db: sqlite3.Connection, rank: Rank, envelope: Envelope) -> None:
        """Add a message that is not a flag inside the caller's transaction, and keep the number of such bounded.

        A heartbeat takes the place of the one before it, and is not written down: only the newest says anything, and a
        card lives longer. Of summaries the oldest go when there are too many.
        """
        if rank is Rank.HEARTBEAT:
            self._beat = _in_memory(envelope)
            return
        self._insert(db, rank, envelope)
        if rank is Rank.SUMMARY:
            db.execute(
                "DELETE FROM outbox WHERE rank = ?1 AND place <= (SELECT place FROM outbox WHERE rank = ?1"
                " ORDER BY place DESC LIMIT 1 OFFSET ?2)",
                (Rank.SUMMARY, self._max_summaries),
            )

    def _insert(self, db: sqlite3.Connection, rank: Rank, envelope: Envelope) -> None:
        db.execute(
            "INSERT INTO outbox (message_id, rank, kind, created, envelope) VALUES (?, ?, ?, ?, ?)",
            (envelope.message_id, int(rank), envelope.kind, _ms(envelope), encode(envelope)),
        )
        if self._steady is not None and envelope.kind == MessageKind.FLAG.value:
            self._put_at[envelope.message_id] = self._steady()

    def to_send(self, waiting: Waiting, wall_ms: int) -> bytes:
        """Return a leased message's envelope as it goes out: a flag that has waited says so."""
        if waiting.kind != MessageKind.FLAG.value:
            return waiting.envelope
        put_at = self._put_at.get(waiting.message_id)
        if put_at is not None and self._steady is not None:
            waited_s = self._steady() - put_at
        else:
            # made in an earlier run: a clock that was not set since shows too early a time, which makes it too young
            waited_s = (wall_ms - waiting.created_ms) / 1000
        if waited_s < WORTH_SAYING_S:
            return waiting.envelope
        row = self._store.db.execute(
            "SELECT flag_id, event FROM sent_flags WHERE message_id = ?", (waiting.message_id,)
        ).fetchone()
        is_over = row is not None and row[1] != FlagEvent.CLEARED.value and self._is_over(str(row[0]))
        return said_late(waiting.envelope, waited_s, is_over=is_over)

    def _is_over(self, flag_id: str) -> bool:
        episode = flag_id.rpartition(".")[0]
        # "/" is the sign after ".": all flags of this episode, by the table's own order
        query = "SELECT 1 FROM sent_flags WHERE flag_id >= ? AND flag_id < ? AND event = ?"
        bounds = (f"{episode}.", f"{episode}/", FlagEvent.CLEARED.value)
        return self._store.db.execute(query, bounds).fetchone() is not None

    def lease(self, now: float, most: int = WINDOW) -> list[Waiting]:
        """Return what is to be sent at monotonic `now`, most urgent first, and hold it until its receipt is overdue.

        At most `most` messages, smoke not counted: for a slow way, so that what becomes urgent meanwhile goes next.
        """
        out: list[Waiting] = []
        rows = self._store.db.execute(
            "SELECT message_id, rank, envelope, kind, created FROM outbox ORDER BY rank, place LIMIT ?",
            (WINDOW + len(self._leases),),
        )
        on_way = self._in_window(now)
        for message_id, rank, envelope, kind, created in self._with_beat(rows.fetchall()):
            held = self._leases.get(message_id)
            if held is not None and held.again_at > now:
                continue
            if (on_way >= WINDOW or len(out) >= most) and rank > Rank.SMOKE:
                break
            attempt = 1 if held is None else held.attempt + 1
            wait = min(self._receipt_s * 2 ** min(attempt - 1, 10), max(_LONGEST_WAIT_S, self._receipt_s))
            self._leases[message_id] = Lease(attempt, now + wait)
            on_way += 1
            out.append(Waiting(message_id, rank, envelope, attempt, kind, created))
        return out

    def _with_beat(self, rows: list[Row]) -> list[Row]:
        beat = self._beat
        if beat is None:
            return rows
        mine = (beat.message_id, beat.rank, beat.envelope, beat.kind, beat.created_ms)
        return sorted([*rows, mine], key=lambda row: row[1])

    def _in_window(self, now: float) -> int:
        """Return how many places are taken. What ingest never receipts must not keep all of them for ever."""
        held = [lease.attempt for lease in self._leases.values() if lease.again_at > now]
        patient = sum(1 for attempt in held if attempt >= _PATIENT_FROM)
        return len(held) - min(patient, _MOST_PATIENT)

    def give_back(self, message_ids: Iterable[str]) -> None:
        """Free messages that could not be sent after all: they are due again at once."""
        for message_id in message_ids:
            self._leases.pop(message_id, None)

    def hurry(self) -> None:
        """Make everything due at once: the way to ingest has just come back."""
        self._leases.clear()

    def next_due(self, now: float) -> float | None:
        """Return how many seconds after `now` a lease runs out; None when nothing is on its way."""
        if not self._leases:
            return None
        return max(0.0, min(lease.again_at for lease in self._leases.values()) - now)

    def done(self, lines: Iterable[ReceiptLine], at_ms: int) -> int:
        """Take away what ingest has receipted, in one transaction, and return how many messages those were."""
        gone = 0
        with self._store.transaction() as db:
            for line in lines:
                self._leases.pop(line.message_id, None)
                self._put_at.pop(line.message_id, None)
                if self._beat is not None and line.message_id == self._beat.message_id:
                    self._beat = None
                    gone += 1
                    continue
                gone += db.execute("DELETE FROM outbox WHERE message_id = ?", (line.message_id,)).rowcount
                db.execute(
                    "UPDATE sent_flags SET receipted = ?, status = ?, detail = ?"
                    " WHERE message_id = ? AND receipted IS NULL",
                    (at_ms, line.status.value, line.detail, line.message_id),
                )
        self._forget_strangers()
        return gone

    def prune(self, before_ms: int) -> int:
        """Forget ledger lines of flags receipted before `before_ms`; return how many. Waiting ones stay."""
        with self._store.transaction() as db:
            return db.execute("DELETE FROM sent_flags WHERE receipted < ?", (before_ms,)).rowcount

    def _forget_strangers(self) -> None:
        """Drop leases whose message is gone from the table: a heartbeat that a newer one replaced."""
        if len(self._leases) <= WINDOW:
            return
        there = {row[0] for row in self._store.db.execute("SELECT message_id FROM outbox")}
        there |= set() if self._beat is None else {self._beat.message_id}
        self._leases = {key: lease for key, lease in self._leases.items() if key in there}


def _in_memory(envelope: Envelope) -> Waiting:
    return Waiting(envelope.message_id, Rank.HEARTBEAT, encode(envelope), 0, envelope.kind, _ms(envelope))


def waiting(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many messages of each kind wait."""
    rows = db.execute("SELECT kind, count(*) FROM outbox GROUP BY kind ORDER BY min(rank)")
    return {str(kind): int(count) for kind, count in rows}


def oldest_ms(db: sqlite3.Connection) -> int | None:
    """Return when the oldest waiting message was made."""
    found: int | None = db.execute("SELECT min(created) FROM outbox").fetchone()[0]
    return found


def open_flags(db: sqlite3.Connection, most: int = 1000) -> list[OpenMessage]:
    """Return smoke's and people's flags without a receipt, the newest first."""
    rows = db.execute(
        "SELECT message_id, created, envelope FROM outbox WHERE kind = ? AND rank <= ? ORDER BY place DESC LIMIT ?",
        (MessageKind.FLAG.value, int(Rank.PERSON), most),
    )
    return [OpenMessage(*row) for row in rows]


def is_waiting(db: sqlite3.Connection, message_id: str) -> bool:
    """Return whether a message has no receipt yet."""
    return db.execute("SELECT 1 FROM outbox WHERE message_id = ?", (message_id,)).fetchone() is not None


def made_before(db: sqlite3.Connection, episode: str, number: int) -> int | None:
    """Return when the flag before this one of its episode was made, epoch ms; None when that is not known any more."""
    row = db.execute("SELECT created FROM sent_flags WHERE flag_id = ?", (f"{episode}.{number - 1}",)).fetchone()
    return None if row is None else int(row[0])


def flag_counts(db: sqlite3.Connection) -> FlagCounts:
    """Return the ledger's sums."""
    created, receipted = db.execute("SELECT count(*), count(receipted) FROM sent_flags").fetchone()
    lost = db.execute(
        "SELECT count(*) FROM sent_flags WHERE receipted IS NULL"
        " AND message_id NOT IN (SELECT message_id FROM outbox WHERE kind = ?)",
        (MessageKind.FLAG.value,),
    ).fetchone()[0]
    return FlagCounts(created, receipted, lost)


def _ms(envelope: Envelope) -> int:
    return int(envelope.sent_at.timestamp() * 1000)
