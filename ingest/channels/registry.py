"""The one list of our own channels: which kind of [notify] table becomes which channel. A new channel is one row here;
a town's own are plug-ins (`ingest.channels.plugins`).

Also the only file here that knows a clock: signatures carry the wall's time, which the vendor compares with its own,
whatever virtual time the rest runs in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from ingest.channels.callback import CallbackDoor
from ingest.channels.contract import PUSH, Browsers, Channel, Delivery, OutgoingNotice, Rejected
from ingest.channels.dingtalk import DingTalkChannel
from ingest.channels.email import EmailChannel
from ingest.channels.feishu import FeishuChannel
from ingest.channels.http_post import HttpPost
from ingest.channels.http_template import HttpTemplate
from ingest.channels.plugins import Plugin, Plugins, WallSeconds, attempt
from ingest.channels.settings import (
    DingTalkSettings,
    Door,
    EmailSettings,
    FeishuSettings,
    SmsSettings,
    Template,
    VoiceSettings,
    WebhookSettings,
    WebPushSettings,
    WeComSettings,
    channel_plugins,
    channel_secret,
    fault,
    needed_secret,
    read_settings,
)
from ingest.channels.sms import SmsChannel
from ingest.channels.voice import VoiceChannel
from ingest.channels.webhook import WebhookChannel, read_signing_secret, read_signing_secrets
from ingest.channels.wecom import WeComChannel
from models.kit.config_reader import ConfigError, Problem

log = logging.getLogger(__name__)


def _webhook(name: str, s: WebhookSettings, base_dir: Path, wall: WallSeconds) -> Channel:
    return WebhookChannel(HttpPost(name, s, base_dir), read_signing_secrets(name, s, base_dir), wall)


def _dingtalk(name: str, s: DingTalkSettings, base_dir: Path, wall: WallSeconds) -> Channel:
    token = needed_secret(name, "token", s.token_file, s.token_env, base_dir)
    secret = channel_secret(name, "secret", s.secret_file, s.secret_env, base_dir)
    return DingTalkChannel(HttpPost(name, s, base_dir), token, secret, wall)


def _wecom(name: str, s: WeComSettings, base_dir: Path, _: WallSeconds) -> Channel:
    return WeComChannel(HttpPost(name, s, base_dir), needed_secret(name, "token", s.token_file, s.token_env, base_dir))


def _feishu(name: str, s: FeishuSettings, base_dir: Path, wall: WallSeconds) -> Channel:
    token = needed_secret(name, "token", s.token_file, s.token_env, base_dir)
    secret = channel_secret(name, "secret", s.secret_file, s.secret_env, base_dir)
    door = msgspec.structs.replace(s, url=f"{s.url.rstrip('/')}/{quote(token, safe='')}")
    return FeishuChannel(HttpPost(name, door, base_dir), secret, wall)


def _sms(name: str, s: SmsSettings, base_dir: Path, _: WallSeconds) -> Channel:
    token = channel_secret(name, "token", s.token_file, s.token_env, base_dir)
    return SmsChannel(HttpTemplate(name, s, HttpPost(name, s, base_dir), token), s.callback)


def _voice(name: str, s: VoiceSettings, base_dir: Path, _: WallSeconds) -> Channel:
    token = channel_secret(name, "token", s.token_file, s.token_env, base_dir)
    return VoiceChannel(HttpTemplate(name, s, HttpPost(name, s, base_dir), token), s.callback)


def _email(name: str, s: EmailSettings, base_dir: Path, wall: WallSeconds) -> Channel:
    password = channel_secret(name, "password", s.password_file, s.password_env, base_dir)
    return EmailChannel(name, s, password, base_dir, wall)


BUILDERS: Mapping[type[msgspec.Struct], Callable[[str, Any, Path, WallSeconds], Channel]] = {
    WebhookSettings: _webhook,
    DingTalkSettings: _dingtalk,
    WeComSettings: _wecom,
    FeishuSettings: _feishu,
    SmsSettings: _sms,
    VoiceSettings: _voice,
    EmailSettings: _email,
}


def _web_push(s: WebPushSettings, base_dir: Path, wall: WallSeconds, browsers: Browsers) -> Channel:
    # cryptography costs some 10 MB, and only who speaks to browsers needs it
    from ingest.channels.web_push import WebPushChannel, read_key  # noqa: PLC0415

    scheme = "http" if s.plain_http else "https"
    door = Door(url=f"{scheme}://{PUSH}.invalid", timeout_s=s.timeout_s, ca_file=s.ca_file, plain_http=s.plain_http)
    return WebPushChannel(s, HttpPost(PUSH, door, base_dir), read_key(PUSH, s, base_dir), browsers, wall)


def push_offer(table: Mapping[str, Any], base_dir: Path) -> tuple[str, tuple[str, ...], bool] | None:
    """Return our public key for browsers, the push services we speak to and whether plain HTTP will do.

    None where [notify] has no channel to browsers; raises as `build_channels`.
    """
    if PUSH not in table:
        return None
    settings = read_settings(PUSH, table[PUSH], Plugins())
    assert isinstance(settings, WebPushSettings)
    from ingest.channels.web_push import point, read_key, unpadded  # noqa: PLC0415

    key = unpadded(point(read_key(PUSH, settings, base_dir).public_key()))
    return key, settings.push_hosts, settings.plain_http


def build_channels(
    table: Mapping[str, Any],
    base_dir: Path,
    wall_seconds: WallSeconds = time.time,
    browsers: Browsers | None = None,
) -> dict[str, Channel]:
    """Return the channels of the [notify] table, by the name each has there.

    Files named in it are relative to `base_dir`. `browsers` keeps the subscriptions for a channel to browsers. Raises
    `ConfigError` that names every channel that can't be made, and the key.
    """
    if not isinstance(table, Mapping):
        raise ConfigError([Problem("[notify]", 0, "", "must be a table of channels")])
    plugins = channel_plugins()
    channels: dict[str, Channel] = {}
    problems: list[Problem] = []
    for name, entry in table.items():
        try:
            if (broken := plugins.fault_of(entry)) is not None:
                channels[name] = BrokenChannel(broken)
                continue
            settings = read_settings(name, entry, plugins)
            plugin = plugins.of(settings)
            channels[name] = (
                _our_channel(name, settings, base_dir, wall_seconds, browsers)
                if plugin is None
                else _added_channel(name, settings, plugin, base_dir, wall_seconds)
            )
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return channels


class BrokenChannel:
    """A channel whose plug-in is out of action: whoever was to be reached by it is tried by their next one."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """See `Channel`."""
        return Rejected(self._reason)


def _our_channel(
    name: str, settings: msgspec.Struct, base_dir: Path, wall: WallSeconds, browsers: Browsers | None
) -> Channel:
    if not isinstance(settings, WebPushSettings):
        return BUILDERS[type(settings)](name, settings, base_dir, wall)
    if browsers is None:
        raise fault("notify", name, "nobody keeps the browsers' subscriptions here")
    return _web_push(settings, base_dir, wall, browsers)


def _added_channel(name: str, settings: msgspec.Struct, plugin: Plugin, base_dir: Path, wall: WallSeconds) -> Channel:
    made: Channel | str = attempt(lambda: plugin.build(name, settings, base_dir, wall))
    if not isinstance(made, str):
        return made
    log.error("[notify] %s: the plug-in is out of action: %s", name, made)
    return BrokenChannel(f"its plug-in is out of action: {made}")


def build_callbacks(
    table: Mapping[str, Any], base_dir: Path, wall_seconds: WallSeconds = time.time
) -> dict[str, CallbackDoor]:
    """Return the doors of those vendors that say something back, by the channel's name; raises as `build_channels`."""
    plugins = channel_plugins()
    doors: dict[str, CallbackDoor] = {}
    for name, entry in table.items():
        settings = None if plugins.fault_of(entry) else read_settings(name, entry, plugins)
        if isinstance(settings, Template) and settings.callback is not None:
            callback = settings.callback
            secret = needed_secret(name, "callback.secret", callback.secret_file, callback.secret_env, base_dir)
            key = read_signing_secret(secret) if callback.signed else secret.encode()
            doors[name] = CallbackDoor(callback, key, wall_seconds)
    return doors
