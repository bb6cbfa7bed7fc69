"""Accept envelopes: the inbox takes each message once, whatever the repeats and order; receipts after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.actions.base.context import ActionContext, MessageHandler
from ingest.actions.incoming.own_home import refuse_foreign_home
from ingest.actions.tickets.note_told_locally import note_told_locally
from ingest.actions.tickets.raise_flag import FlagRefusedError, raise_flags
from ingest.actions.tickets.raise_unreadable import raise_unreadable
from ingest.domain.incoming.flag_limits import one_line, within_limits
from ingest.domain.incoming.triage import IncomingFlag
from ingest.domain.tickets.dating import dated
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import generations, lock_homes
from ingest.store.base.read_cache import read_cache
from ingest.store.incoming.inbox import put_once, put_undecodable, set_status
from models.flag import PERSON_KINDS, FlagKind, Severity
from models.wire.codec import MAX_BYTES, WireError, decode, is_id, read_body
from models.wire.envelope import Envelope
from models.wire.messages import FlagBody, MessageKind, ReceiptLine, ReceiptStatus, ToldLocally
from models.wire.seal import Direction, SealError, claimed_gateway, unseal

LONGEST_SEALED = MAX_BYTES + 256
"""Nothing longer is even looked at: an envelope and its seal."""
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Arrival:
    """A sealed message as a door got it; `topic_gateway` is whose topic it came on, None for HTTP."""

    sealed: bytes
    topic_gateway: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is committed; `line` belongs into a receipt for `gateway_id`, sealed with the key of `generation`."""

    gateway_id: str
    generation: int
    line: ReceiptLine


class DenialKind(StrEnum):
    """Why nothing can be receipted."""

    BAD_SEAL = "bad_seal"
    TOO_LARGE = "too_large"
    BAD_ENVELOPE = "bad_envelope"


@dataclass(frozen=True, slots=True)
class Denied:
    """Nobody to answer to: a stranger, or a gateway that speaks nonsense (kept in the inbox for inspection)."""

    kind: DenialKind
    reason: str


@dataclass(frozen=True, slots=True)
class PutOff:
    """A calm message of a gateway that sends too many: not stored, and still its gateway's to send again."""

    gateway_id: str


Admits = Callable[[str, bool], bool]
"""Whether one more calm message is taken now: of which gateway, and whether it is a heartbeat."""
_CALM = frozenset({Severity.INFO.value, Severity.MAINTENANCE.value, Severity.VISIT.value})
_NEVER_CALM = frozenset({FlagKind.SMOKE, *PERSON_KINDS})


@again_on_conflict
async def accept_envelopes(
    ctx: ActionContext, arrivals: Sequence[Arrival], now: datetime, admits: Admits | None = None
) -> list[Accepted | Denied | PutOff]:
    """Take `arrivals` in one transaction; the answers are in their order and mean "committed".

    `admits` is asked about what is calm; without it everything is taken. An exception means that nothing of all this
    was stored.
    """
    async with ctx.db.write() as connection:
        known = await generations(connection, sorted({claimed_gateway(arrival.sealed) for arrival in arrivals}))
        opened = [_admitted(_open(ctx, known, arrival), admits) for arrival in arrivals]
        order = sorted(range(len(opened)), key=lambda index: _order(opened[index]))
        in_order = [opened[index] for index in order]
        found = sorted({name for one in opened if (name := _home_named(one))})
        with read_cache(connection):
            # everybody locks in the same order, so that no two batches wait for each other
            await lock_homes(connection, found)
            letters = [(one.envelope, one.data) for one in in_order if isinstance(one, _Opened) and one.envelope]
            batch = _Batch(connection, ctx, await put_once(connection, letters, now), now)
            answers = dict(zip(order, await batch.take(in_order), strict=True))
        if batch.changed:
            await count_change(connection)
    return [answers[place] for place in range(len(opened))]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A message whose seal fits; `envelope` is None where the bytes under it are none."""

    gateway_id: str
    generation: int
    data: bytes
    envelope: Envelope | None
    reason: str = ""


def _open(ctx: ActionContext, known: Mapping[str, int], arrival: Arrival) -> _Opened | Denied:
    """Check length, seal, topic and layout; nothing is stored yet."""

    def key_of(gateway_id: str) -> bytes | None:
        return ctx.keys.of_gateway(gateway_id, known[gateway_id]) if gateway_id in known else None

    if len(arrival.sealed) > LONGEST_SEALED:
        return Denied(DenialKind.TOO_LARGE, f"{len(arrival.sealed)} bytes; at most {LONGEST_SEALED} are taken")
    try:
        gateway_id, data = unseal(key_of, Direction.UP, arrival.sealed)
    except SealError as error:
        return Denied(DenialKind.BAD_SEAL, str(error))
    if arrival.topic_gateway not in (None, gateway_id):
        return Denied(DenialKind.BAD_SEAL, f"sealed by {gateway_id}, but on the topic of {arrival.topic_gateway}")
    try:
        return _Opened(gateway_id, known[gateway_id], data, _envelope_of(gateway_id, data))
    except WireError as error:
        return _Opened(gateway_id, known[gateway_id], data, None, one_line(str(error), _LONGEST_REASON))


def _admitted(one: _Opened | Denied, admits: Admits | None) -> _Opened | Denied | PutOff:
    if admits is None or isinstance(one, Denied) or not _is_calm(one.envelope):
        return one
    if admits(one.gateway_id, one.envelope is not None and one.envelope.kind == MessageKind.HEARTBEAT):
        return one
    return PutOff(one.gateway_id)


def _is_calm(envelope: Envelope | None) -> bool:
    """Return whether it may wait: never smoke, nor what is about a person, nor a flag that can not be judged."""
    if envelope is None:
        return True
    if envelope.kind == MessageKind.FLAG:
        kind, severity = envelope.body.get("kind"), envelope.body.get("severity")
        readable = isinstance(kind, str) and isinstance(severity, str)
        return readable and kind in set(FlagKind) - _NEVER_CALM and severity in _CALM
    return envelope.kind != MessageKind.TOLD_LOCALLY


def _home_named(one: _Opened | Denied | PutOff) -> str | None:
    name = one.envelope.body.get("home") if isinstance(one, _Opened) and one.envelope else None
    return name if isinstance(name, str) and is_id(name) else None


def _order(one: _Opened | Denied | PutOff) -> tuple[str, int, str]:
    if isinstance(one, Denied | PutOff) or one.envelope is None:
        return ("", 0, "")
    return (one.gateway_id, one.envelope.seq, one.envelope.message_id)


def _envelope_of(gateway_id: str, data: bytes) -> Envelope:
    envelope = decode(data)
    if envelope.gateway_id != gateway_id:
        raise WireError("not an envelope: gateway_id is not the seal's - at `$.gateway_id`")
    return envelope


def _handlers(ctx: ActionContext) -> dict[str, list[MessageHandler]]:
    """Return who hears each kind of message beside its flags: the heart first, then the wings in their order."""
    handlers: dict[str, list[MessageHandler]] = {MessageKind.TOLD_LOCALLY: [_told_locally]}
    for wing in ctx.wings:
        for kind, hear in wing.messages.items():
            handlers.setdefault(kind, []).append(hear)
    return handlers


async def _told_locally(connection: Connection, ctx: ActionContext, envelope: Envelope, now: datetime) -> bool:
    told = read_body(envelope, ToldLocally)
    await refuse_foreign_home(connection, envelope.gateway_id, told.home)
    return await note_told_locally(connection, ctx, envelope.gateway_id, told, now)


class _Batch:
    """The messages of one transaction."""

    def __init__(self, connection: Connection, ctx: ActionContext, fresh: set[tuple[str, str]], now: datetime) -> None:
        """`fresh` are (gateway, message) of those that had not come before; each is acted upon once."""
        self._connection = connection
        self._fresh = fresh
        self._ctx = ctx
        self._now = now
        self._handlers = _handlers(ctx)
        self._unread: dict[tuple[str, str], str] = {}
        self._refused: dict[tuple[str, str], str] = {}
        self.changed = False

    async def take(self, messages: Sequence[_Opened | Denied | PutOff]) -> list[Accepted | Denied | PutOff]:
        """Store and act: upon all flags that can be read at once, then upon whatever else there is, in its order."""
        await self._raise_flags([one.envelope for one in messages if isinstance(one, _Opened) and one.envelope])
        return [await self._take(one) for one in messages]

    async def _raise_flags(self, envelopes: Sequence[Envelope]) -> None:
        incoming: dict[tuple[str, str], IncomingFlag] = {}
        for envelope in envelopes:
            name = (envelope.gateway_id, envelope.message_id)
            if envelope.kind != MessageKind.FLAG or name not in self._fresh:
                continue
            try:
                flag = dated(within_limits(read_body(envelope, FlagBody)), self._now)
            except WireError as error:
                self._unread[name] = one_line(str(error), _LONGEST_REASON)
            else:
                incoming.setdefault(name, IncomingFlag(*name, flag))
        answers = await raise_flags(self._connection, self._ctx, list(incoming.values()), self._now)
        for name, answer in zip(incoming, answers, strict=True):
            if isinstance(answer, FlagRefusedError):
                self._refused[name] = answer.detail
            else:
                self.changed |= answer

    async def _take(self, one: _Opened | Denied | PutOff) -> Accepted | Denied | PutOff:
        if isinstance(one, Denied | PutOff):
            return one
        if one.envelope is None:
            await put_undecodable(self._connection, one.gateway_id, one.data, one.reason, self._now)
            return Denied(DenialKind.BAD_ENVELOPE, one.reason)
        return Accepted(one.gateway_id, one.generation, await self._act_once(one.envelope))

    async def _act_once(self, envelope: Envelope) -> ReceiptLine:
        name = (envelope.gateway_id, envelope.message_id)
        if name not in self._fresh:
            return ReceiptLine(envelope.message_id, ReceiptStatus.DUPLICATE)
        self._fresh.remove(name)
        status, detail = await self._act_upon(envelope)
        if status is not ReceiptStatus.STORED:
            await set_status(self._connection, envelope, status, detail)
        return ReceiptLine(envelope.message_id, status, detail)

    async def _act_upon(self, envelope: Envelope) -> tuple[ReceiptStatus, str]:
        if envelope.kind == MessageKind.FLAG:
            return await self._answer_flag(envelope)
        if envelope.kind not in self._handlers:
            return ReceiptStatus.UNKNOWN_KIND, f"kind {envelope.kind[:40]} is not known to this version"
        try:
            for hear in self._handlers[envelope.kind]:
                self.changed |= await hear(self._connection, self._ctx, envelope, self._now)
        except FlagRefusedError as error:
            return ReceiptStatus.REFUSED, error.detail
        except WireError as error:
            return ReceiptStatus.REFUSED, one_line(str(error), _LONGEST_REASON)
        return ReceiptStatus.STORED, ""

    async def _answer_flag(self, envelope: Envelope) -> tuple[ReceiptStatus, str]:
        """Return what became of a flag; one that this version cannot read may still be an alarm: people look at it."""
        name = (envelope.gateway_id, envelope.message_id)
        if name in self._unread:
            self.changed = True
            await raise_unreadable(self._connection, self._ctx, envelope, self._now)
            return ReceiptStatus.UNKNOWN_KIND, self._unread[name]
        if name in self._refused:
            return ReceiptStatus.REFUSED, self._refused[name]
        return ReceiptStatus.STORED, ""
