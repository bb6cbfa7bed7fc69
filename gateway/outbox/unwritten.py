"""Unwritten: messages that are in memory and not on the disk, and receipts of messages that are still on it.

Some are there on purpose and some of need. A *heartbeat* is never written down: only the newest says anything. A
*summary* is written only when it has no receipt by the next commit, with which its home's memory of having told it is
written too; a kill before that makes the same hours come again, and ingest takes each hour once. A *flag* or any
other message is here only while the disk takes nothing: it is sent all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.outbox.priority import Rank
from models.wire.codec import encode
from models.wire.envelope import Envelope
from models.wire.messages import MessageKind, ReceiptLine

Row = tuple[str, int, bytes, str, int]
"""Message id, rank, envelope as it goes out, kind, and when it was made, epoch ms."""


@dataclass(frozen=True, slots=True)
class Receipted:
    """Ingest has it, since `at_ms`."""

    line: ReceiptLine
    at_ms: int


@dataclass(slots=True)
class Held:
    """A message in memory; `flag_id` and `event` are a flag's. A receipted flag still has to go into the ledger."""

    rank: Rank
    envelope: Envelope
    flag_id: str = ""
    event: str = ""
    receipted: Receipted | None = None

    @property
    def is_flag(self) -> bool:
        """Whether it is a flag's message."""
        return self.envelope.kind == MessageKind.FLAG.value

    @property
    def name(self) -> tuple[str, str]:
        """The flag and its event, as the ledger has them."""
        return (self.flag_id, self.event)

    def row(self) -> Row:
        """Return it as the table would."""
        one = self.envelope
        return (one.message_id, int(self.rank), encode(one), one.kind, ms_of(one))


@dataclass(slots=True)
class Unwritten:
    """Messages by id, in the order in which they came; `gone` are rows of the table whose receipt is not written."""

    held: dict[str, Held] = field(default_factory=dict)
    gone: dict[str, Receipted] = field(default_factory=dict)

    def hold(self, message: Held, max_summaries: int) -> None:
        """Take a message in. A heartbeat takes the place of the one before it; of too many summaries the oldest go."""
        same = [name for name, one in self.held.items() if one.rank is message.rank]
        if message.rank is Rank.HEARTBEAT:
            for name in same:
                del self.held[name]
        elif message.rank is Rank.SUMMARY and len(same) >= max_summaries:
            del self.held[same[0]]
        self.held[message.envelope.message_id] = message

    def receipt(self, line: ReceiptLine, at_ms: int) -> bool:
        """Note ingest's receipt of one that is held; False when it is not held, or was receipted before."""
        one = self.held.get(line.message_id)
        if one is None or one.receipted is not None:
            return False
        if one.is_flag:
            one.receipted = Receipted(line, at_ms)
        else:
            del self.held[line.message_id]
        return True

    def waiting(self) -> list[Row]:
        """Return what has no receipt."""
        return [one.row() for one in self.held.values() if one.receipted is None]

    def to_write(self) -> list[Held]:
        """Return what belongs onto the disk."""
        return [one for one in self.held.values() if one.rank is not Rank.HEARTBEAT]

    def written(self) -> None:
        """Forget what has been written."""
        self.held = {name: one for name, one in self.held.items() if one.rank is Rank.HEARTBEAT}
        self.gone.clear()


def ms_of(envelope: Envelope) -> int:
    """Return when a message was made, epoch ms."""
    return int(envelope.sent_at.timestamp() * 1000)
