"""Messages: the typed bodies of envelopes. A body may only grow: new fields have defaults, old ones stay for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.flag import FlagEvent, FlagKind, Severity


class MessageKind(StrEnum):
    """Kinds this code knows; an envelope may carry others."""

    FLAG = "flag"
    USAGE_SUMMARY = "usage_summary"
    HEARTBEAT = "heartbeat"
    RECEIPT = "receipt"
    AWAY_CHANGED = "away_changed"
    SETTINGS_CHANGED = "settings_changed"
    HABIT_COUNTS = "habit_counts"
    TOLD_LOCALLY = "told_locally"
    CANARY = "canary"
    ON_CALL_CHANGED = "on_call_changed"


@dataclass(frozen=True, slots=True)
class FlagBody:
    """A flag on the wire; the fields are those of `models.flag.Flag`, evidence laid flat. Gateway → ingest."""

    flag_id: str
    episode: str
    number: int
    home: str
    kind: FlagKind
    severity: Severity
    event: FlagEvent
    at: datetime
    since: datetime
    score: float
    reason: str
    text_zh: str
    text_en: str
    facts: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    waited_s: float = 0.0
    """How long it lay at its gateway before it could leave, by a clock that nobody can set; 0 below a minute."""
    over: bool = False
    """Its situation had ended by then."""
    text_key: str = ""
    """Which sentence of `config/texts` it is, for an ingester that words it anew; empty from an older gateway."""
    text_facts: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    """What the sentence needs beside `facts`."""
    clock_trusted: bool = True
    """Whether its gateway knew what time it was; an older gateway does not say."""


class UsageQuality(StrEnum):
    """How much of an hour was really seen."""

    FULL = "full"
    PART = "part"
    """Some polls went unanswered; the amount is what is known."""
    NONE = "none"
    """No data: the amounts are None, which is not zero."""


@dataclass(frozen=True, slots=True)
class HourUse:
    """What a home used in one clock hour (UTC). None means not known, which is not zero."""

    start: datetime
    water_l: float | None
    energy_wh: float | None
    quality: UsageQuality = UsageQuality.FULL
    signs: int | None = None
    """Signs of life counted in the hour."""


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """Hours of one home, for the charts. Sent again with the same hour, the later one replaces. Gateway → ingest."""

    home: str
    hours: list[HourUse]


@dataclass(frozen=True, slots=True)
class DeviceState:
    """How one device is doing."""

    device: str
    home: str | None
    last_heard: datetime | None
    answers: int = 0
    failures: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class HomeWatchState:
    """How well one home is watched right now."""

    home: str
    blind: bool
    last_sign: datetime | None = None
    notice_by: datetime | None = None
    """Silence budget: if the resident fell now, it would be noticed by then."""
    away: bool = False
    """The ledger says that nobody is in: nothing is judged."""
    blind_since: datetime | None = None
    line_scale: float = 1.0
    """By how much the line of a silence is raised here (below 1: lowered)."""


@dataclass(frozen=True, slots=True)
class CanaryTrip:
    """How long a canary took from the detector's payload to ingest's receipt; None while it has none."""

    canary_id: str
    receipt_s: float | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The gateway lives, and what it knows of its own health. Gateway → ingest."""

    version: str
    started_at: datetime
    interval_s: int
    """When the next heartbeat is due, at the latest, in wall seconds."""
    outbox_waiting: int
    outbox_oldest_s: float
    clock_trusted: bool
    troubles: list[str] = field(default_factory=list)
    devices: list[DeviceState] = field(default_factory=list)
    homes: list[HomeWatchState] = field(default_factory=list)
    ledger: str = ""
    """The revision of the away ledger that is written down here; empty when there is none."""
    settings: str = ""
    """The revision of `SettingsChanged` that the homes are watched by; empty when there is none."""
    canary_every_s: float = 0.0
    """How often a synthetic alarm goes the whole way; 0 for never."""
    canary: CanaryTrip | None = None
    on_call: str | None = None
    """The revision of `OnCallChanged` that is written down here, empty when there is none; None from a gateway that can
    call nobody, and then it is told no numbers."""


class ReceiptStatus(StrEnum):
    """What became of a message. Every one of them empties the outbox: ingest has it, or never wants it."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    UNKNOWN_KIND = "unknown_kind"
    """Stored, but not understood by this version."""
    REFUSED = "refused"
    """Stored for inspection, not acted upon; `detail` says why."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One message acknowledged."""

    message_id: str
    status: ReceiptStatus
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Sent only after ingest's commit; the only thing that empties a gateway's outbox. Ingest → gateway."""

    lines: list[ReceiptLine]


class AwayWhy(StrEnum):
    """Why no sign of life is awaited for a while."""

    AWAY = "away"
    SEEN = "seen"
    """Somebody has seen or spoken to the resident, and all is well."""


@dataclass(frozen=True, slots=True)
class AwayEntry:
    """A resident is not at home (or was seen well), who said so, until when (None: not known). Ingest → gateway."""

    entry_id: str
    home: str
    since: datetime
    until: datetime | None
    said_by: str
    revoked: bool = False
    why: AwayWhy = AwayWhy.AWAY


@dataclass(frozen=True, slots=True)
class AwayChanged:
    """Entries of the away ledger that are new or changed. Ingest → gateway.

    With a `revision` it is the whole ledger of this gateway's homes, as far as it still matters; the gateway names the
    revision in its heartbeats once the entries are on its disk, and until then they are sent again.
    """

    entries: list[AwayEntry]
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class HomeTuning:
    """By how much outcomes have moved the line of a home's silences; it multiplies what the gateway's preset says."""

    home: str
    line_scale: float


@dataclass(frozen=True, slots=True)
class PriorTable:
    """What is known of a new home in this district: lengths in minutes of quiet spells, by half hour and share."""

    homes: int
    off: list[list[int]]
    on: list[list[int]]


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """How a gateway's homes are to be watched from now on: all of it each time. Ingest → gateway.

    Homes that are not named have no tuning, and without a `prior` the shipped one holds. The gateway names the revision
    in its heartbeats once it watches by it, and until then it is sent again.
    """

    revision: str
    homes: list[HomeTuning] = field(default_factory=list)
    prior: PriorTable | None = None


@dataclass(frozen=True, slots=True)
class OnCallShift:
    """Somebody near is on call from `since` to `until`, the end not included, and can be sent text messages."""

    person: str
    phone: str = field(repr=False)
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OnCallChanged:
    """Whom a gateway tells itself while ingest gives no receipt: all of it each time. Ingest → gateway.

    The shifts of the coming days, so that they change at the right minute while nothing can be heard of ingest. After
    `valid_until` nobody knows who is on call. The gateway names the revision in its heartbeats once it is written down,
    and until then it is sent again.
    """

    revision: str
    valid_until: datetime
    shifts: list[OnCallShift] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HabitCounts:
    """Quiet spells that began in one week, added up over five or more of a gateway's homes. Gateway → ingest.

    `week` is the date of its Monday; a cell is [something left on, half hour, bin of log length, how many]. Sent again
    for the same week, the later one replaces.
    """

    week: str
    homes: int
    cells: list[list[int]]


@dataclass(frozen=True, slots=True)
class Canary:
    """A synthetic alarm on its way through everything that a real one goes through. Gateway → ingest.

    `flag` is what the gateway's own parts made of it: it is looked at, and nobody is sent. `sensed_at` is the
    gateway's clock.
    """

    canary_id: str
    sensed_at: datetime
    flag: FlagBody


@dataclass(frozen=True, slots=True)
class LocalTelling:
    """Somebody whom a gateway told itself: by which way, who (as ingest knows them, or the way's own name), and when.

    `at` is the gateway's clock.
    """

    way: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ToldLocally:
    """A gateway got no receipt for a flag and told people itself. Gateway → ingest.

    All that was told of one episode so far; the later message replaces. `accepted_by` has answered that they go.
    """

    episode: str
    home: str
    kind: FlagKind
    tellings: list[LocalTelling]
    accepted_by: str = ""
    accepted_at: datetime | None = None


Body = (
    FlagBody
    | UsageSummary
    | Heartbeat
    | Receipt
    | AwayChanged
    | SettingsChanged
    | HabitCounts
    | ToldLocally
    | Canary
    | OnCallChanged
)
