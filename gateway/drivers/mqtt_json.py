"""Devices that publish JSON over MQTT, read by document: topic pattern, paths, units, what counts as an alarm.

Pure: topic and payload in, readings out. It must not know brokers, retained messages or homes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from gateway.drivers import bent_json
from gateway.drivers.contract import Device, DeviceAnswer, make_reading
from gateway.drivers.document import Register
from gateway.protocols.framing import Code, Diagnostic
from models.kit.config_declared import about
from models.quantity import Quantity
from models.reading import Quality, Reading

LONGEST_PAYLOAD = 65_536
LONGEST_NUMBER = 30
"""Digits; a longer number is no measurement."""

_BITS = frozenset(
    {
        Quantity.SMOKE,
        Quantity.SMOKE_TEST,
        Quantity.SMOKE_SILENCED,
        Quantity.TAMPER,
        Quantity.BATTERY_LOW,
        Quantity.END_OF_LIFE,
    }
)

ALARMS = frozenset({Quantity.SMOKE, Quantity.SMOKE_TEST, Quantity.SMOKE_COUNT})
"""What is heard even from a message that is broken elsewhere: an alarm, and that it is only a test."""

_ON = (True, 1, "true", "on", "yes", "1", "alarm")
_OFF = (False, 0, "false", "off", "no", "0", "normal", "none")


_BETWEEN_WORDS = re.compile(r"[\s,;|/+&]+")
_NOT = {"no", "not", "off", "none", "without", "cleared", "clear"}


class JsonRegister(Register, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value found by its `path`: keys joined by dots, "" for the whole payload; {address} is the device's address.

    A number in the path is a place in a list. With `under` only messages whose topic ends so are looked at: some
    devices say each thing on a topic of its own, where not every message says everything.
    `kind` is bit (then `on` and `off` are what counts as 1 and as 0, letters of any case), number (then the value is
    multiplied with `scale`), sum (a number, or a list of numbers to be added up) or first (a number, or the first of a
    list). Of several bits of one quantity in a message the one that is set counts.
    """

    path: Annotated[str, about('where the value stands: keys joined by dots, "" for the whole payload')]
    under: Annotated[str, about("only messages whose topic ends so")] = ""
    kind: Annotated[Literal["bit", "number", "sum", "first"], about("how the value is understood")] = "number"
    on: Annotated[tuple[bool | int | str, ...], about("values that count as 1")] = _ON
    off: Annotated[tuple[bool | int | str, ...], about("values that count as 0")] = _OFF
    scale: Annotated[Decimal, about("the number is multiplied with it")] = Decimal(1)


class JsonOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`topic` is the pattern (with + and #) of a device that names no topic of its own.

    `address_path` finds the device's own number in the payload, `only` keeps messages in which each path has one of
    the values; a `vague` value tells nothing, and shuts nobody out whose number or own topic fits. `seen_path` finds
    when the device itself was last heard (ISO 8601, or seconds or milliseconds since 1970): what is older than
    `stale_after_s` was said again by something before us and is marked so.
    """

    topic: Annotated[str, about("the topic that such a device publishes to")]
    address_path: Annotated[str, about("where the message names the device")] = ""
    only: Annotated[
        dict[str, tuple[str, ...]], about("only messages that hold one of these values at these paths")
    ] = {}
    vague: Annotated[
        dict[str, tuple[str, ...]], about("values that tell nothing, where the device's number or own topic fits")
    ] = {}
    seen_path: Annotated[str, about("where the message says when the device was last heard")] = ""
    stale_after_s: Annotated[int, about("older messages prove nothing about the device's life")] = 3600


def subscription(device: Device) -> str:
    """Return the topic to subscribe to: the device's own, or the document's pattern."""
    options = device.document.options
    return device.topic or (options.topic if isinstance(options, JsonOptions) else "")


def matches(pattern: str, topic: str) -> bool:
    """Whether a message on `topic` belongs to a subscription to `pattern`, by MQTT's rules for + and #."""
    parts = topic.split("/")
    wanted = pattern.split("/")
    for number, part in enumerate(wanted):
        if part == "#":
            return True
        if number >= len(parts) or part not in ("+", parts[number]):
            return False
    return len(wanted) == len(parts)


def interpret(device: Device, topic: str, payload: bytes, at: datetime) -> DeviceAnswer:
    """Read one message, heard at `at` (aware UTC). Paths that are absent or null say nothing; the rest is told."""
    registers = [row for row in device.document.registers if isinstance(row, JsonRegister) and _applies(row, topic)]
    broken: tuple[Diagnostic, ...] = ()
    try:
        body = _parse(payload)
    except ValueError as error:
        broken = (Diagnostic(Code.DATA, 0, payload[:256], f"{topic}: not JSON: {error}"),)
        if len(payload) > LONGEST_PAYLOAD:
            return DeviceAnswer(troubles=broken)
        body = bent_json.unbend(payload)
        registers = [row for row in registers if row.quantity in ALARMS]
        if body is None or not registers:
            return DeviceAnswer(_torn(device, registers, payload, at), broken)
    if not _is_ours(device, body):
        trouble = Diagnostic(Code.OTHER_DEVICE, 0, payload[:256], f"{topic}: {_stranger(device, body)}")
        return DeviceAnswer(troubles=(trouble,))
    readings: list[Reading] = []
    troubles: list[Diagnostic] = [*broken]
    for register in registers:
        said = _find(body, register.path.replace("{address}", device.address))
        if said is None:
            continue
        value = _value(register, said)
        if value is None:
            trouble = Diagnostic(Code.DATA, 0, payload[:256], f"{topic}: {register.path} is {str(said)[:40]!r}")
            troubles.append(trouble)
        else:
            readings.append(make_reading(device, register, value, at, payload))
    is_all_expected = not topic or any(not register.under for register in registers)
    if registers and is_all_expected and not readings and not troubles:
        troubles.append(Diagnostic(Code.UNSUPPORTED, 0, payload[:256], f"{topic}: nothing that the document knows"))
    readings = _either(readings)
    if _is_stale(device, body, at):
        readings = [_filled(reading) for reading in readings]
    return DeviceAnswer(tuple(readings), tuple(troubles))


def _torn(device: Device, registers: Sequence[JsonRegister], payload: bytes, at: datetime) -> tuple[Reading, ...]:
    """Return the alarms that stand in a payload of which nothing else can be read."""
    set_bits = {
        row.quantity: row
        for row in registers
        if row.kind == "bit" and row.path and bent_json.says(payload, row.path.rpartition(".")[2], row.on)
    }
    return tuple(make_reading(device, row, Decimal(1), at, payload) for row in set_bits.values())


def may_alarm(device: Device, payload: bytes) -> bool:
    """Whether bytes that can't be read may hold an alarm of the device: they name what it alarms by."""
    text = payload.decode("utf-8", "replace").lower()
    names = {
        name
        for row in device.document.registers
        if isinstance(row, JsonRegister) and row.quantity is Quantity.SMOKE
        for name in (
            row.path.rpartition(".")[2].lower(),
            *(str(word).lower() for word in row.on if isinstance(word, str)),
        )
        if len(name) > 2
    }
    return any(name in text for name in names - {"true", "yes"})


def _either(readings: list[Reading]) -> list[Reading]:
    """Keep one of several bits of one quantity: the one that is set, whichever way the device said it."""
    places: dict[Quantity, int] = {}
    kept: list[Reading] = []
    for reading in readings:
        place = places.get(reading.quantity)
        if place is None or reading.quantity not in _BITS:
            places[reading.quantity] = len(kept)
            kept.append(reading)
        elif (reading.value or 0) > (kept[place].value or 0):
            kept[place] = reading
    return kept


def _applies(register: JsonRegister, topic: str) -> bool:
    return not register.under or not topic or topic.endswith("/" + register.under)


def _is_stale(device: Device, body: Any, at: datetime) -> bool:
    options = device.document.options
    if not isinstance(options, JsonOptions) or not options.seen_path:
        return False
    seen = _time(_find(body, options.seen_path))
    return seen is not None and (at - seen).total_seconds() > options.stale_after_s


def _filled(reading: Reading) -> Reading:
    """Mark a reading as said again; an alarm is believed however old it is."""
    is_alarm = reading.quantity is Quantity.SMOKE and reading.value == 1
    return reading if is_alarm or reading.quality is not Quality.GOOD else replace(reading, quality=Quality.FILLED)


def _time(said: Any) -> datetime | None:
    """Read a point in time; None where it is none, or has no offset and so could be anywhere."""
    try:
        if isinstance(said, str):
            moment = datetime.fromisoformat(said)
            return moment if moment.tzinfo else None
        if isinstance(said, int | Decimal) and not isinstance(said, bool):
            seconds = float(said) / (1000 if said > 100_000_000_000 else 1)
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _parse(payload: bytes) -> Any:
    if len(payload) > LONGEST_PAYLOAD:
        raise ValueError(f"{len(payload)} bytes are more than {LONGEST_PAYLOAD}")
    try:
        return json.loads(payload, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _is_ours(device: Device, body: Any) -> bool:
    options = device.document.options
    if not isinstance(options, JsonOptions):
        return True
    has_number = bool(options.address_path and device.address)
    if has_number and str(_find(body, options.address_path)) != device.address:
        return False
    is_named = has_number or (bool(device.topic) and not set(device.topic) & set("+#"))
    return all(
        str(_find(body, path)) in (*wanted, *(options.vague.get(path, ()) if is_named else ()))
        for path, wanted in options.only.items()
    )


def _stranger(device: Device, body: Any) -> str:
    """Say what in a message is not as the device's document and address want it."""
    options = device.document.options
    paths = {options.address_path: (device.address,), **options.only} if isinstance(options, JsonOptions) else {}
    said = (f"{path} is {str(_find(body, path))[:40]!r}" for path, wanted in paths.items() if path and any(wanted))
    return f"a message of another device or kind: {', '.join(said)}"


def _find(body: Any, path: str) -> Any:
    """Follow `path`; a key that holds a dot itself is found as well."""
    if not path:
        return body
    if isinstance(body, Sequence) and not isinstance(body, str):
        place, _, rest = path.partition(".")
        return _find(body[int(place)], rest) if place.isdecimal() and int(place) < len(body) else None
    if not isinstance(body, Mapping):
        return None
    if path in body:
        return body[path]
    head, _, rest = path.partition(".")
    return _find(body.get(head), rest) if rest else None


def _value(register: JsonRegister, said: Any) -> Decimal | None:
    if register.kind == "bit":
        return _bit(register, said)
    if register.kind == "sum" and isinstance(said, list):
        each = [_number(register, one) for one in said]
        return None if not each or None in each else sum((one for one in each if one is not None), Decimal(0))
    if register.kind == "first" and isinstance(said, list) and said:
        return _number(register, said[0])
    return _number(register, said)


def _number(register: JsonRegister, said: Any) -> Decimal | None:
    if isinstance(said, bool) or not isinstance(said, int | Decimal | str) or len(str(said)) > LONGEST_NUMBER:
        return None
    try:
        number = Decimal(said) * register.scale
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _bit(register: JsonRegister, said: Any) -> Decimal | None:
    """Read a bit: a word, a number, a list or a line of words. An unknown word hides no known one."""
    if isinstance(said, list):
        bits = [_bit(register, one) for one in said if not isinstance(one, list)]
        return Decimal(1) if Decimal(1) in bits else Decimal(0) if bits and None not in bits else None
    if isinstance(said, Decimal) and said == said.to_integral_value():
        said = int(said)
    if isinstance(said, str):
        return _worded(register, said)
    for value, words in ((1, register.on), (0, register.off)):
        if any(type(said) is type(known) and said == known for known in words):
            return Decimal(value)
    return None


def _worded(register: JsonRegister, said: str) -> Decimal | None:
    text = said.strip().strip("\x00").strip().lower()
    on, off = ({str(word).lower() for word in words} for words in (register.on, register.off))
    if text in on | off:
        return Decimal(text in on)
    number = text.removesuffix(".0")
    if number in {"0", "1"} and number in on | off:
        return Decimal(number in on)
    words = {word for word in _BETWEEN_WORDS.split(text) if word}
    # "NO ALARM" is not an alarm, and "SMOKE OFF" is neither: who can't be understood is told as such
    if words & (off | _NOT) or not words & on:
        return None
    return Decimal(1)
