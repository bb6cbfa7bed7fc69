"""Receipts: what goes back to a gateway once its messages are committed, and how anything goes down to it sealed."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from datetime import datetime

from ingest.actions.base.secrets import MasterKey
from ingest.actions.incoming.accept_envelopes import Accepted
from models.wire.codec import encode, kind_of, write_body
from models.wire.envelope import Envelope
from models.wire.messages import AwayChanged, OnCallChanged, Receipt, SettingsChanged
from models.wire.seal import Direction, seal


class ReceiptWriter:
    """Numbers and seals receipts; one per running program."""

    def __init__(self, keys: MasterKey) -> None:
        self._keys = keys
        self._boot_id = secrets.token_hex(8)
        self._numbers = itertools.count(1)

    def write(self, accepted: Sequence[Accepted], now: datetime) -> dict[str, bytes]:
        """Return one sealed receipt per gateway for what was committed."""
        lines: dict[tuple[str, int], list[Accepted]] = {}
        for one in accepted:
            lines.setdefault((one.gateway_id, one.generation), []).append(one)
        return {
            gateway_id: self.seal(gateway_id, generation, Receipt([one.line for one in these]), now)
            for (gateway_id, generation), these in lines.items()
        }

    def seal(
        self,
        gateway_id: str,
        generation: int,
        body: Receipt | AwayChanged | SettingsChanged | OnCallChanged,
        now: datetime,
    ) -> bytes:
        """Return `body` as a sealed message for a gateway."""
        number = next(self._numbers)
        envelope = Envelope(
            message_id=f"{self._boot_id}-{number}",
            gateway_id=gateway_id,
            boot_id=self._boot_id,
            seq=number,
            sent_at=now,
            kind=kind_of(body).value,
            body=write_body(body),
        )
        return seal(self._keys.of_gateway(gateway_id, generation), gateway_id, Direction.DOWN, encode(envelope))
