"""Registry: the ways of a local alarm, one row each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.config.settings_alarm import LocalAlarmSettings
from gateway.links.serial_port import SerialLink
from gateway.local_alarm.contract import AlarmWay, Recipient
from gateway.local_alarm.modem import ModemWay
from gateway.local_alarm.on_call import OnCall
from gateway.local_alarm.siren import SirenWay
from gateway.local_alarm.webhook import WebhookWay
from models.kit.secrets import read_secret


def _modem(settings: LocalAlarmSettings, on_call: OnCall) -> AlarmWay | None:
    modem = settings.modem
    if modem is None:
        return None
    link = SerialLink("modem", modem.port, modem.baud, "N")
    return ModemWay(link, on_call, settings.language, read_secret(modem.pin_file, modem.pin_env))


def _webhook(settings: LocalAlarmSettings, _: OnCall) -> AlarmWay | None:
    hook = settings.webhook
    return None if hook is None else WebhookWay(hook.url, read_secret(hook.token_file, hook.token_env))


def _siren(settings: LocalAlarmSettings, _: OnCall) -> AlarmWay | None:
    siren = settings.siren
    if siren is None:
        return None
    link = SerialLink("siren", siren.port, siren.baud, "N")
    on, off = bytes.fromhex(siren.on), bytes.fromhex(siren.off)
    return SirenWay(link, on, off, siren.seconds, people_too=siren.people_too)


WAYS: dict[str, Callable[[LocalAlarmSettings, OnCall], AlarmWay | None]] = {
    "modem": _modem,
    "webhook": _webhook,
    "siren": _siren,
}
"""Name → how to make it of the settings; None where it is not configured."""


def people_of(settings: LocalAlarmSettings, now: Callable[[], datetime | None]) -> OnCall:
    """Return who is on call: those of gateway.toml until ingest has told; `now` as `OnCall` takes it."""
    return OnCall([Recipient(ModemWay.name, one.person, one.phone) for one in settings.on_call], now)


def build_ways(settings: LocalAlarmSettings, on_call: OnCall) -> list[AlarmWay]:
    """Return the ways that are configured; raises `SecretError`."""
    return [way for make in WAYS.values() if (way := make(settings, on_call)) is not None]
