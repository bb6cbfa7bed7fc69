"""Outbox: messages that ingest does not have yet. Flags stay until ingest's own receipt; nothing else removes them.

Rows are on the disk. Leases are not: they say which messages are on their way in this run and when to try again, in
monotonic seconds, so a set clock can't hold a flag back and a restart tries everything at once.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gateway.outbox.lateness import WORTH_SAYING_S, said_late
from gateway.outbox.priority import Rank
from gateway.outbox.unwritten import Held, Receipted, Row, Unwritten, ms_of
from gateway.state.store import Store
from models.flag import FlagEvent
from models.wire.codec import encode
from models.wire.envelope import Envelope
from models.wire.messages import MessageKind, ReceiptLine

log = logging.getLogger(__name__)

WINDOW = 64
"""How many messages may be on their way without a receipt. Smoke does not wait for the window."""
_LONGEST_WAIT_S = 300.0
_PATIENT_FROM = 4
"""From this attempt on a message waits long for its receipt, and so it leaves its place in the window to another."""
_MOST_PATIENT = 4 * WINDOW
_MOST_GONE = 256
"""So many receipts of summaries wait for somebody else's commit before they get one of their own."""


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
class OutboxLoad:
    """How many messages wait, and since when the oldest of them does, epoch ms."""

    waiting: int
    oldest_ms: int | None


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
        self._unwritten = Unwritten()
        self._store = store
        self._receipt_s = receipt_s
        self._max_summaries = max_summaries
        self._leases: dict[str, Lease] = {}
        self._is_unreadable = False

    def put_flag(self, db: sqlite3.Connection, flag_id: str, event: str, rank: Rank, envelope: Envelope) -> bool:
        """Add a flag's message inside the caller's transaction. A flag that was put before is not put again: False."""
        if not _into_ledger(db, flag_id, event, envelope):
            return False
        _insert(db, rank, envelope)
        self._note_put(envelope)
        return True

    def hold_flag(self, flag_id: str, event: str, rank: Rank, envelope: Envelope) -> bool:
        """Add a flag's message while the disk takes nothing: it is sent, and written later. False as of `put_flag`.

        While the disk can't be read either, one that was put before may be sent again; ingest takes it once.
        """
        query = "SELECT 1 FROM sent_flags WHERE flag_id = ? AND event = ?"
        if self._rows(query, (flag_id, event)) or envelope.message_id in self._unwritten.held:
            return False
        self._unwritten.hold(Held(rank, envelope, flag_id, event), self._max_summaries)
        self._note_put(envelope)
        return True

    def hold(self, rank: Rank, envelope: Envelope) -> None:
        """Add a message that is not a flag in memory: it is written with the next `write_down`, a heartbeat never."""
        self._unwritten.hold(Held(rank, envelope), self._max_summaries)

    def put(self, db: sqlite3.Connection, rank: Rank, envelope: Envelope) -> None:
        """Add a message that is not a flag inside the caller's transaction, and keep the number of such bounded.

        Of summaries the oldest go when there are too many.
        """
        _insert(db, rank, envelope)
        if rank is Rank.SUMMARY:
            db.execute(
                "DELETE FROM outbox WHERE rank = ?1 AND place <= (SELECT place FROM outbox WHERE rank = ?1"
                " ORDER BY place DESC LIMIT 1 OFFSET ?2)",
                (Rank.SUMMARY, self._max_summaries),
            )

    def write_down(self, db: sqlite3.Connection) -> None:
        """Write what is held in memory inside the caller's transaction; after its commit the caller says `written`."""
        for one in self._unwritten.to_write():
            if not one.is_flag:
                self.put(db, one.rank, one.envelope)
            elif _into_ledger(db, one.flag_id, one.event, one.envelope):
                if one.receipted is None:
                    _insert(db, one.rank, one.envelope)
                else:
                    _take_away(db, one.receipted)
        for receipted in self._unwritten.gone.values():
            _take_away(db, receipted)

    def written(self) -> None:
        """Note that what was held is on the disk."""
        self._unwritten.written()

    def _note_put(self, envelope: Envelope) -> None:
        if self._steady is not None:
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
        held = self._unwritten.held.get(waiting.message_id)
        query = "SELECT flag_id, event FROM sent_flags WHERE message_id = ?"
        row = next(iter(self._rows(query, (waiting.message_id,))), None) if held is None else held.name
        is_over = row is not None and row[1] != FlagEvent.CLEARED.value and self._is_over(str(row[0]))
        return said_late(waiting.envelope, waited_s, is_over=is_over)

    def _is_over(self, flag_id: str) -> bool:
        episode = flag_id.rpartition(".")[0]
        names = (one.name for one in self._unwritten.held.values())
        if any(name.startswith(f"{episode}.") and event == FlagEvent.CLEARED.value for name, event in names):
            return True
        # "/" is the sign after ".": all flags of this episode, by the table's own order
        query = "SELECT 1 FROM sent_flags WHERE flag_id >= ? AND flag_id < ? AND event = ?"
        bounds = (f"{episode}.", f"{episode}/", FlagEvent.CLEARED.value)
        return bool(self._rows(query, bounds))

    def lease(self, now: float, most: int = WINDOW) -> list[Waiting]:
        """Return what is to be sent at monotonic `now`, most urgent first, and hold it until its receipt is overdue.

        At most `most` messages, smoke not counted: for a slow way, so that what becomes urgent meanwhile goes next.
        """
        out: list[Waiting] = []
        rows = self._rows(
            "SELECT message_id, rank, envelope, kind, created FROM outbox ORDER BY rank, place LIMIT ?",
            (WINDOW + len(self._leases) + len(self._unwritten.gone),),
        )
        on_way = self._in_window(now)
        for message_id, rank, envelope, kind, created in self._with_unwritten(rows):
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

    def _with_unwritten(self, rows: list[Row]) -> list[Row]:
        there = [row for row in rows if row[0] not in self._unwritten.gone]
        return sorted([*there, *self._unwritten.waiting()], key=lambda row: row[1])

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
        """Take away what ingest has receipted, and return how many messages those were.

        What would be told again to somebody after a power cut is off the disk at once, in one transaction. A summary's
        receipt waits for the next commit: sent again, it would be a repeat to ingest and nothing else. Raises
        `sqlite3.Error` when the disk does not take it; it is kept in memory then, and written with the next commit.
        """
        at_once = False
        count = 0
        for line in lines:
            self._leases.pop(line.message_id, None)
            self._put_at.pop(line.message_id, None)
            if self._unwritten.receipt(line, at_ms):
                count += 1
            elif (kind := self._kind_of(line.message_id)) is not None:
                self._unwritten.gone[line.message_id] = Receipted(line, at_ms)
                at_once |= kind != MessageKind.USAGE_SUMMARY.value
                count += 1
        self._forget_strangers()
        if at_once or len(self._unwritten.gone) >= _MOST_GONE:
            with self._store.transaction() as db:
                for one in self._unwritten.gone.values():
                    _take_away(db, one)
            self._unwritten.gone.clear()
        return count

    def _kind_of(self, message_id: str) -> str | None:
        if message_id in self._unwritten.gone:
            return None
        row = self._store.db.execute("SELECT kind FROM outbox WHERE message_id = ?", (message_id,)).fetchone()
        return None if row is None else str(row[0])

    def prune(self, before_ms: int) -> int:
        """Forget ledger lines of flags receipted before `before_ms`; return how many. Waiting ones stay."""
        with self._store.transaction() as db:
            return db.execute("DELETE FROM sent_flags WHERE receipted < ?", (before_ms,)).rowcount

    def _forget_strangers(self) -> None:
        """Drop leases whose message is gone: a heartbeat that a newer one replaced."""
        if len(self._leases) <= WINDOW:
            return
        there = {row[0] for row in self._store.db.execute("SELECT message_id FROM outbox")}
        there |= self._unwritten.held.keys()
        self._leases = {key: lease for key, lease in self._leases.items() if key in there}

    def leap(self, by_ms: int) -> None:
        """Move the times on the disk with the clock that was set by so much: nothing waits longer because of that.

        Raises `sqlite3.Error` when the disk does not take it.
        """
        with self._store.transaction() as db:
            db.execute("UPDATE outbox SET created = created + ?", (by_ms,))
            db.execute("UPDATE sent_flags SET created = created + ? WHERE receipted IS NULL", (by_ms,))

    def load(self) -> OutboxLoad:
        """Return how much waits, in memory and on the disk."""
        held = self._unwritten.waiting()
        rows = self._rows("SELECT count(*), min(created) FROM outbox HAVING count(*) > 0")
        made = [row[4] for row in held] + [int(oldest) for _, oldest in rows]
        there = sum(int(count) - len(self._unwritten.gone) for count, _ in rows)
        return OutboxLoad(there + len(held), min(made, default=None))

    def open_flags(self, most: int = 1000) -> list[OpenMessage]:
        """Return smoke's and people's flags without a receipt, the newest first."""
        rows = self._rows(
            "SELECT message_id, created, envelope FROM outbox WHERE kind = ? AND rank <= ? ORDER BY place DESC LIMIT ?",
            (MessageKind.FLAG.value, int(Rank.PERSON), most),
        )
        held = [
            OpenMessage(name, created, envelope)
            for name, rank, envelope, kind, created in reversed(self._unwritten.waiting())
            if kind == MessageKind.FLAG.value and rank <= Rank.PERSON
        ]
        there = [OpenMessage(*row) for row in rows if row[0] not in self._unwritten.gone]
        return [*held, *there][:most]

    def is_waiting(self, message_id: str) -> bool:
        """Return whether a message has no receipt yet."""
        if message_id in self._unwritten.held:
            return self._unwritten.held[message_id].receipted is None
        return self._kind_of(message_id) is not None

    def made_before(self, episode: str, number: int) -> int | None:
        """Return when the flag before this one of its episode was made, epoch ms; None when nobody knows any more."""
        name = f"{episode}.{number - 1}"
        for one in self._unwritten.held.values():
            if one.flag_id == name:
                return ms_of(one.envelope)
        rows = self._rows("SELECT created FROM sent_flags WHERE flag_id = ?", (name,))
        return int(rows[0][0]) if rows else None

    def _rows(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """Return what is on the disk; nothing while it can't be read: what is in memory goes out all the same."""
        try:
            rows = self._store.db.execute(query, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            if not self._is_unreadable:
                log.error("the state file can't be read (%s): only what is in memory is sent", error)  # noqa: TRY400
            self._is_unreadable = True
            return []
        if self._is_unreadable:
            log.info("the state file can be read again")
            self._is_unreadable = False
        return rows


def _into_ledger(db: sqlite3.Connection, flag_id: str, event: str, envelope: Envelope) -> bool:
    """Note that a flag was made; False when that is known."""
    new = db.execute(
        "INSERT INTO sent_flags (flag_id, event, message_id, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (flag_id, event, envelope.message_id, ms_of(envelope)),
    )
    return new.rowcount > 0


def _insert(db: sqlite3.Connection, rank: Rank, envelope: Envelope) -> None:
    db.execute(
        "INSERT INTO outbox (message_id, rank, kind, created, envelope) VALUES (?, ?, ?, ?, ?)",
        (envelope.message_id, int(rank), envelope.kind, ms_of(envelope), encode(envelope)),
    )


def _take_away(db: sqlite3.Connection, receipted: Receipted) -> None:
    line = receipted.line
    db.execute("DELETE FROM outbox WHERE message_id = ?", (line.message_id,))
    db.execute(
        "UPDATE sent_flags SET receipted = ?, status = ?, detail = ? WHERE message_id = ? AND receipted IS NULL",
        (receipted.at_ms, line.status.value, line.detail, line.message_id),
    )


def waiting(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many messages of each kind wait."""
    rows = db.execute("SELECT kind, count(*) FROM outbox GROUP BY kind ORDER BY min(rank)")
    return {str(kind): int(count) for kind, count in rows}


def oldest_ms(db: sqlite3.Connection) -> int | None:
    """Return when the oldest waiting message was made."""
    found: int | None = db.execute("SELECT min(created) FROM outbox").fetchone()[0]
    return found


def flag_counts(db: sqlite3.Connection) -> FlagCounts:
    """Return the ledger's sums."""
    created, receipted = db.execute("SELECT count(*), count(receipted) FROM sent_flags").fetchone()
    lost = db.execute(
        "SELECT count(*) FROM sent_flags WHERE receipted IS NULL"
        " AND message_id NOT IN (SELECT message_id FROM outbox WHERE kind = ?)",
        (MessageKind.FLAG.value,),
    ).fetchone()[0]
    return FlagCounts(created, receipted, lost)
