"""Settings of the local alarm: whom the gateway tells itself while ingest gives no receipt, and by which ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from models.kit.config_declared import Text, about


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """`[local_alarm.modem]`: text messages by a GSM stick."""

    port: Annotated[Text, about("device file, best under /dev/serial/by-id; * and ? may stand for parts")]
    baud: Annotated[int, about("speed", ge=300, le=4_000_000)] = 115_200
    pin_file: Annotated[Path | None, about("file with the SIM card's PIN, if it has one")] = None
    pin_env: Annotated[Text | None, about("environment variable with the SIM card's PIN")] = None


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`[local_alarm.webhook]`: a program on the spot that is posted the alarm."""

    url: Annotated[Text, about("where the alarm is posted as JSON")]
    token_file: Annotated[Path | None, about("file with a bearer token for it")] = None
    token_env: Annotated[Text | None, about("environment variable with a bearer token for it")] = None


@dataclass(frozen=True, slots=True)
class SirenSettings:
    """`[local_alarm.siren]`: a relay on a serial port; the bytes of the usual one-channel USB relay are the default."""

    port: Annotated[Text, about("device file of the relay, best under /dev/serial/by-id")]
    baud: Annotated[int, about("speed", ge=300, le=4_000_000)] = 9600
    on: Annotated[Text, about("bytes that close the relay, as hex")] = "A0 01 01 A2"
    off: Annotated[Text, about("bytes that open it, as hex")] = "A0 01 00 A1"
    seconds: Annotated[float, about("how long it sounds", ge=1, le=3600)] = 120.0
    people_too: Annotated[bool, about("also for what is about a person, not for smoke alone")] = False


@dataclass(frozen=True, slots=True)
class OnCallSettings:
    """`[[local_alarm.on_call]]`: somebody near who is sent a text message."""

    person: Annotated[Text, about("as ingest knows them, so that nobody is asked twice")]
    phone: Annotated[Text, about("the mobile number, with + and the country's code", secret=True)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalAlarmSettings:
    """`[local_alarm]`."""

    after_s: Annotated[
        float,
        about("smoke and people's flags without a receipt are told locally after this", ge=5, le=600),
    ] = 20.0
    language: Annotated[Literal["zh", "en"], about("of the messages: zh or en")] = "zh"
    modem: Annotated[ModemSettings | None, about("text messages by a GSM stick")] = None
    webhook: Annotated[WebhookSettings | None, about("a program on the spot")] = None
    siren: Annotated[SirenSettings | None, about("a relay on a serial port")] = None
    on_call: Annotated[tuple[OnCallSettings, ...], about("who is sent text messages")] = ()
