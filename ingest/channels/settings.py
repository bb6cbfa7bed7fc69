"""Settings of the channels: a typed table each, unknown keys are errors, secrets are named by file or environment."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta, Struct

from ingest.channels.contract import PUSH
from ingest.channels.plugins import CHANNELS, Plugins, find_plugins
from models.kit.config_declared import Port
from models.kit.config_places import Path
from models.kit.config_reader import ConfigError, Problem, Reader
from models.kit.secrets import SecretError, read_secret

Seconds = Annotated[float, Meta(gt=0, le=120)]


class Door(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where and how to post. Always over verified TLS, except to this machine or with `plain_http`."""

    url: str
    timeout_s: Seconds = 10.0
    ca_file: str | None = None
    """PEM of a private certificate authority, beside the public ones."""
    plain_http: bool = False


class Signed(Door, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A door to which everything is signed as Standard Webhooks asks; with two secrets while one replaces the other."""

    secret_file: str | None = None
    secret_env: str | None = None
    next_secret_file: str | None = None
    next_secret_env: str | None = None


class WebhookSettings(Signed, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="webhook"):
    """A POST of our own JSON."""


class DingTalkSettings(Door, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="dingtalk"):
    """A DingTalk group robot. With a secret the calls are signed."""

    url: str = "https://oapi.dingtalk.com/robot/send"
    token_file: str | None = None
    token_env: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None


class WeComSettings(Door, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="wecom"):
    """A WeCom (企业微信) group robot; its key is the token."""

    url: str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
    token_file: str | None = None
    token_env: str | None = None


class FeishuSettings(Door, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="feishu"):
    """A Feishu (飞书) group robot; the token is the last part of its address. With a secret the calls are signed."""

    url: str = "https://open.feishu.cn/open-apis/bot/v2/hook"
    token_file: str | None = None
    token_env: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None


class Callback(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a vendor says back to `POST /api/v1/vendor/NAME/reply`, and how it proves to be the vendor."""

    secret_file: str | None = None
    secret_env: str | None = None
    signed: bool = True
    """Standard Webhooks headers; otherwise the secret is a token in the address."""
    encoding: Literal["json", "form", "query"] = "json"
    list_field: str = ""
    """Where a form or an object holds the events, as JSON; of several names with | between, the one that is there."""
    key_field: str = "key"
    id_field: str = "id"
    state_field: str = "state"
    arrived: tuple[str, ...] = ("delivered",)
    failed: tuple[str, ...] = ("failed",)
    code_field: str = "code"
    wrong_codes: tuple[str, ...] = ()
    """Codes, or states, that mean that the number is none."""
    sender_field: str = ""
    """Where text messages come in: the field with the number that one came from; `digit_field` holds its text."""
    digit_field: str = "digit"
    goes: str = "1"
    cannot: str = "2"
    answer: str = ""
    """What the vendor wants to read when all is well; empty for our own JSON."""


class Template(Door, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a vendor's own HTTP door is spoken to, without code for each vendor.

    In `body`, `{address}` (with +86) or `{mobile}` (without), `{title}`, `{text}`, `{link}`, `{language}`, `{key}`
    and `{urgent}` stand for the notice, `{token}` for the token where it goes into the body and not into a header.
    A 200 is a success only if the answer's `ok_field` holds `ok_value`; a dot goes one level down (`"data.code"`).
    """

    token_file: str | None = None
    token_env: str | None = None
    token_header: str = "Authorization"  # noqa: S105  # the name of a header
    token_prefix: str = "Bearer "  # noqa: S105  # the scheme before the token
    body: dict[str, Any] = msgspec.field(
        default_factory=lambda: {"to": "{address}", "text": "{text}", "language": "{language}", "key": "{key}"}
    )
    encoding: Literal["json", "form"] = "json"
    """How the body travels: as JSON, or as a form of plain texts."""
    ok_field: str = "code"
    ok_value: str = "OK"
    busy_values: list[str] = []
    """Values of `ok_field` that mean "try again", such as a rate limit."""
    wrong_values: list[str] = []
    """Values of `ok_field` that mean that the number is none: somebody has to ask for another."""
    id_field: str = "id"
    callback: Callback | None = None
    confirm_within_s: Annotated[float, Meta(gt=0, le=3600)] | None = None
    """Without a receipt in so many seconds the person's next channel is tried."""


class SmsSettings(Template, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="sms_http"):
    """Text messages."""


class VoiceSettings(
    Template, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="voice_http"
):
    """Calls that read the text out."""


class EmailSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="email"):
    """A mail server that takes our mail."""

    host: str
    sender: str
    port: Port = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str | None = None
    username: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    timeout_s: Seconds = 20.0


class WebPushSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="web_push"):
    """Messages to the browsers that people allowed to ring. The channel must be called `push`."""

    key_file: str
    """PEM of a P-256 key, ours for good: a new one makes everybody allow it again."""
    subject: str
    """How a push service reaches us: `mailto:…` or an address of ours."""
    timeout_s: Seconds = 10.0
    ttl_s: Annotated[int, Meta(ge=0, le=86400)] = 900
    """How long a push service keeps a message for a phone that is off."""
    confirm_within_s: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """Where no browser has shown the message in so many seconds the person's next channel is tried."""
    push_hosts: tuple[str, ...] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "push.apple.com",
        "notify.windows.com",
    )
    """Push services, with what lies below them, that we speak to; other addresses are refused."""
    ca_file: str | None = None
    plain_http: bool = False


OURS: tuple[type[Struct], ...] = (
    WebhookSettings,
    DingTalkSettings,
    WeComSettings,
    FeishuSettings,
    SmsSettings,
    VoiceSettings,
    EmailSettings,
    WebPushSettings,
)
"""The kinds that are no plug-ins."""


def channel_plugins() -> Plugins:
    """Return the kinds of channels that are installed besides ours; raises `ConfigError` where two have one kind."""
    return find_plugins(CHANNELS, OURS)


def any_channel(plugins: Plugins) -> Any:
    """Return the type of a [notify.NAME] table: one of all kinds that can be used."""
    return Union[(*OURS, *(one.settings for one in plugins.good.values()))]


def read_settings(name: str, table: Any, plugins: Plugins) -> Struct:
    """Return the settings of the channel `name`; raises `ConfigError` that names the keys."""
    reader = Reader(f"[notify] {name}")
    settings: Struct | None = reader.read(table, any_channel(plugins))
    if settings is not None:
        check_channel(reader, name, settings, (), plugins)
    reader.raise_problems()
    assert settings is not None
    return settings


def check_channel(reader: Reader, name: str, settings: Struct, path: Path, plugins: Plugins) -> None:
    """Note what the type of each key can't say."""
    if isinstance(settings, WebPushSettings) != (name == PUSH):
        reader.complain(path, f'kind = "web_push" is called [notify.{PUSH}], and nothing else is')
    plugin = plugins.of(settings)
    if plugin is not None:
        plugin.check(reader, settings, path)


def fault(table: str, name: str, message: str) -> ConfigError:
    """Return the error of an entry of [notify] or [forward] that can't be used."""
    return ConfigError([Problem(f"[{table}] {name}", 0, "", message)])


def channel_secret(
    name: str, what: str, file: str | None, env: str | None, base_dir: FilePath, *, table: str = "notify"
) -> str | None:
    """Return a secret from its file (relative to `base_dir`) or environment variable; None if neither is named.

    Raises `ConfigError` if the one named is missing or empty.
    """
    try:
        return read_secret(None if file is None else base_dir / file, env)
    except SecretError as error:
        raise fault(table, name, f"{what}_{'env' if file is None else 'file'}: {error}") from error


def needed_secret(
    name: str, what: str, file: str | None, env: str | None, base_dir: FilePath, *, table: str = "notify"
) -> str:
    """Like `channel_secret`, for a channel that can't do without."""
    secret = channel_secret(name, what, file, env, base_dir, table=table)
    if secret is None:
        raise fault(table, name, f"needs {what}_file (or {what}_env)")
    return secret
