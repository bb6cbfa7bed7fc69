"""Settings of the local alarm: whom the gateway tells itself while ingest gives no receipt, and by which ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from gateway.config.settings_reader import About


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """`[local_alarm.modem]`: text messages by a GSM stick."""

    port: Annotated[str, About("device file, best under /dev/serial/by-id; * and ? may stand for parts")]
    baud: Annotated[int, About("speed", low=300, high=4_000_000, unit="baud")] = 115_200
    pin_file: Annotated[Path | None, About("file with the SIM card's PIN, if it has one")] = None
    pin_env: Annotated[str | None, About("environment variable with the SIM card's PIN")] = None


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`[local_alarm.webhook]`: a program on the spot that is posted the alarm."""

    url: Annotated[str, About("where the alarm is posted as JSON")]
    token_file: Annotated[Path | None, About("file with a bearer token for it")] = None
    token_env: Annotated[str | None, About("environment variable with a bearer token for it")] = None


@dataclass(frozen=True, slots=True)
class SirenSettings:
    """`[local_alarm.siren]`: a relay on a serial port; the bytes of the usual one-channel USB relay are the default."""

    port: Annotated[str, About("device file of the relay, best under /dev/serial/by-id")]
    baud: Annotated[int, About("speed", low=300, high=4_000_000, unit="baud")] = 9600
    on: Annotated[str, About("bytes that close the relay, as hex")] = "A0 01 01 A2"
    off: Annotated[str, About("bytes that open it, as hex")] = "A0 01 00 A1"
    seconds: Annotated[float, About("how long it sounds", low=1, high=3600, unit="s")] = 120.0
    people_too: Annotated[bool, About("also for what is about a person, not for smoke alone")] = False


@dataclass(frozen=True, slots=True)
class OnCallSettings:
    """`[[local_alarm.on_call]]`: somebody near who is sent a text message."""

    person: Annotated[str, About("as ingest knows them, so that nobody is asked twice")]
    phone: Annotated[str, About("the mobile number, with + and the country's code", secret=True)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalAlarmSettings:
    """`[local_alarm]`."""

    after_s: Annotated[
        float,
        About("smoke and people's flags without a receipt are told locally after this", low=5, high=600, unit="s"),
    ] = 20.0
    language: Annotated[str, About("of the messages: zh or en", choices=("zh", "en"))] = "zh"
    modem: Annotated[ModemSettings | None, About("text messages by a GSM stick")] = None
    webhook: Annotated[WebhookSettings | None, About("a program on the spot")] = None
    siren: Annotated[SirenSettings | None, About("a relay on a serial port")] = None
    on_call: Annotated[tuple[OnCallSettings, ...], About("who is sent text messages")] = ()
