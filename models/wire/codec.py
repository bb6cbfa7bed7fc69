"""Codec: envelopes and bodies to bytes and back. Bad bytes give a `WireError` that says what is wrong and where.

The bytes are UTF-8 JSON. What a newer sender adds is kept in `Envelope.body` and ignored by `read_body`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from models.flag import Flag
from models.texts.flag_texts import sentences_of
from models.wire.envelope import SCHEMA, Envelope
from models.wire.messages import (
    AwayChanged,
    Body,
    Canary,
    FlagBody,
    HabitCounts,
    Heartbeat,
    MessageKind,
    OnCallChanged,
    Receipt,
    SettingsChanged,
    ToldLocally,
    UsageSummary,
)

MAX_BYTES = 256 * 1024
"""No honest message is longer; the longest is a heartbeat of a gateway with a thousand devices."""

LONGEST_ID = 200
"""Ids are keys in databases; a longer one fits into no index."""
_MOST_SEQ = 2**63 - 1
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

_BODY_TYPES: dict[MessageKind, type[Any]] = {
    MessageKind.FLAG: FlagBody,
    MessageKind.USAGE_SUMMARY: UsageSummary,
    MessageKind.HEARTBEAT: Heartbeat,
    MessageKind.RECEIPT: Receipt,
    MessageKind.AWAY_CHANGED: AwayChanged,
    MessageKind.SETTINGS_CHANGED: SettingsChanged,
    MessageKind.HABIT_COUNTS: HabitCounts,
    MessageKind.TOLD_LOCALLY: ToldLocally,
    MessageKind.CANARY: Canary,
    MessageKind.ON_CALL_CHANGED: OnCallChanged,
}
_KINDS: dict[type[Any], MessageKind] = {body: kind for kind, body in _BODY_TYPES.items()}

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)

_B = TypeVar("_B")


class WireError(ValueError):
    """Bytes or a body that are not a message of ours."""


def encode(envelope: Envelope) -> bytes:
    """Return the bytes of `envelope`."""
    return _encoder.encode(envelope)


def decode(data: bytes) -> Envelope:
    """Return the envelope in `data`; raises `WireError`."""
    if len(data) > MAX_BYTES:
        raise WireError(f"message of {len(data)} bytes; at most {MAX_BYTES} are taken")
    try:
        envelope = _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise WireError(f"not an envelope: {error}") from error
    except RecursionError as error:
        raise WireError("not an envelope: it is nested too deeply") from error
    _check_head(envelope)
    return envelope


def _check_head(envelope: Envelope) -> None:
    """Raise `WireError` for a head that no database could keep: the message would come again for ever."""
    if envelope.sent_at.tzinfo is None:
        raise WireError("not an envelope: sent_at has no time zone - at `$.sent_at`")
    if not is_plausible(envelope.sent_at):
        raise WireError("not an envelope: sent_at is not between 1970 and 2200 - at `$.sent_at`")
    if envelope.schema < 1:
        raise WireError(f"not an envelope: schema {envelope.schema}, known are 1 to {SCHEMA} - at `$.schema`")
    if not envelope.message_id or not envelope.gateway_id:
        raise WireError("not an envelope: message_id and gateway_id must not be empty")
    if not 0 <= envelope.seq <= _MOST_SEQ:
        raise WireError(f"not an envelope: seq must be 0 to {_MOST_SEQ} - at `$.seq`")
    for name in ("message_id", "gateway_id", "boot_id", "kind"):
        if not is_id(getattr(envelope, name)):
            raise WireError(
                f"not an envelope: {name} must be {LONGEST_ID} printable characters at most - at `$.{name}`"
            )


def is_id(text: str) -> bool:
    """Return whether `text` may serve as an id: printable and not too long. An empty one may."""
    return len(text) <= LONGEST_ID and text.isprintable()


def is_plausible(at: datetime) -> bool:
    """Return whether an aware time can be kept, read back and shown in any zone. A clock may well be wrong by years."""
    return _EARLIEST <= at < _LATEST


def kind_of(body: Body) -> MessageKind:
    """Return the kind under which `body` travels."""
    return _KINDS[type(body)]


def write_body(body: Body) -> dict[str, Any]:
    """Return `body` as plain JSON data for an envelope."""
    data: dict[str, Any] = msgspec.to_builtins(body)
    return data


def read_body(envelope: Envelope, as_type: type[_B]) -> _B:
    """Return the envelope's body as `as_type`; raises `WireError` that names the field."""
    try:
        return msgspec.convert(envelope.body, as_type)
    except msgspec.ValidationError as error:
        raise WireError(f"{envelope.kind} {envelope.message_id}: {error}") from error


def write_down(body: Body) -> str:
    """Return `body` as JSON text, to be kept on our own disk."""
    return msgspec.json.encode(body).decode()


def read_back(text: str, as_type: type[_B]) -> _B:
    """Return what `write_down` wrote; raises `WireError`."""
    try:
        return msgspec.json.decode(text, type=as_type)
    except msgspec.MsgspecError as error:
        raise WireError(f"what was written down can't be read: {error}") from error


def flag_body(flag: Flag) -> FlagBody:
    """Lay a flag flat for the wire, in words for ingesters that do not know its key."""
    text_zh, text_en = sentences_of(flag.evidence)
    return FlagBody(
        flag_id=flag.flag_id,
        episode=flag.episode,
        number=flag.number,
        home=flag.home,
        kind=flag.kind,
        severity=flag.severity,
        event=flag.event,
        at=flag.at,
        since=flag.since,
        score=flag.score,
        reason=flag.reason,
        text_zh=text_zh,
        text_en=text_en,
        facts=dict(flag.evidence.facts),
        text_key=flag.evidence.key,
        text_facts=dict(flag.evidence.more),
    )
