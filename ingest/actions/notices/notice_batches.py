"""Parcels: what leaves as one message. Urgent things, smoke and a desk's own question leave alone and at once.

Calm notices to the same person over the same channel are bundled, and after one has gone out the next wait a while to
be bundled with what else comes: a phone that never stops ringing is a phone that nobody looks at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.channels.contract import Asks, OutgoingNotice
from ingest.channels.texts import bundle_title, fits_together
from ingest.domain.duty.calling import Purpose
from ingest.domain.notices.delivery import CALM_PAUSE
from ingest.store.base.database import Connection, StoredRow
from ingest.store.notices.queue import last_calm_delivery


@dataclass(frozen=True, slots=True)
class NoticeBatch:
    """Notices that leave as one message, the oldest first; mostly only one."""

    rows: tuple[StoredRow, ...]

    @property
    def channel(self) -> str:
        """Return the name of the channel it leaves over."""
        return str(self.rows[0]["channel"])

    def outgoing(self) -> OutgoingNotice:
        """Return the message; its key is the same when the same notices are sent again."""
        first = self.rows[0]
        alone = len(self.rows) == 1
        keys = "\n".join(row["idem_key"] for row in self.rows)
        return OutgoingNotice(
            notice_id=first["notice_id"],
            key=first["idem_key"] if alone else f"bundle.{hashlib.sha256(keys.encode()).hexdigest()[:32]}",
            address=first["address"],
            title=first["title"] if alone else bundle_title(len(self.rows), first["language"]),
            text=first["text"] if alone else "\n".join(row["text"] for row in self.rows),
            link=first["link"] if alone else None,
            language=first["language"],
            urgent=first["urgent"],
            asks=_asks(first) if alone else None,
        )


def _asks(row: StoredRow) -> Asks | None:
    if row["purpose"] == Purpose.CHECK_IN:
        return Asks.WELL
    if row["purpose"] not in (Purpose.ASKED, Purpose.OFFERED):
        return None
    return Asks.GO if row["link"] else Asks.WELL  # the resident and contacts have no link


def pack(rows: Sequence[StoredRow], calm: set[str]) -> list[NoticeBatch]:
    """Return `rows` as parcels, in their order; `calm` are the ids of those that may be bundled."""
    batches: list[list[StoredRow]] = []
    open_for: dict[tuple[object, ...], list[StoredRow]] = {}
    for row in rows:
        if row["notice_id"] not in calm:
            batches.append([row])
            continue
        # what failed or was forgotten together goes out together again, under the same key
        before = (row["attempts"], row["leased_until"], row["not_before"] if row["attempts"] else None)
        same = (row["person_id"], row["channel"], row["address"], row["language"], *before)
        bundle = open_for.get(same)
        if bundle is None or not fits_together([*(one["text"] for one in bundle), row["text"]]):
            bundle = open_for[same] = []
            batches.append(bundle)
        bundle.append(row)
    return [NoticeBatch(tuple(bundle)) for bundle in batches]


async def paused_until(connection: Connection, row: StoredRow, now: datetime) -> datetime | None:
    """Return until when a calm notice waits, because its person has just been told something calm; None to go now."""
    if row["attempts"] or row["status"] != "pending":
        return None
    last = await last_calm_delivery(connection, row["person_id"], now - CALM_PAUSE)
    return None if last is None else last + CALM_PAUSE
