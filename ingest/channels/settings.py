"""Settings of the channels: a typed table each, unknown keys are errors, secrets are named by file or environment."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta, Struct

from ingest.channels.contract import PUSH
from ingest.channels.plugins import CHANNELS, Plugins, find_plugins
from models.kit.config_declared import Port, about
from models.kit.config_places import Path
from models.kit.config_reader import ConfigError, Problem, Reader
from models.kit.secrets import SecretError, read_secret

Seconds = Annotated[float, Meta(gt=0, le=120)]


class Door(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where and how to post. Always over verified TLS, except to this machine or with `plain_http`."""

    url: Annotated[str, about("where to post; https, or http to this machine")]
    timeout_s: Annotated[Seconds, about("how long one try may take")] = 10.0
    ca_file: Annotated[str | None, about("PEM of a private certificate authority, beside the public ones")] = None
    plain_http: Annotated[bool, about("http to other machines as well; the network up to there is yours")] = False


class Signed(Door, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A door to which everything is signed as Standard Webhooks asks; with two secrets while one replaces the other."""

    secret_file: Annotated[str | None, about("file with the secret that messages are signed with")] = None
    secret_env: Annotated[str | None, about("environment variable with that secret")] = None
    next_secret_file: Annotated[str | None, about("file with the next secret, while one replaces the other")] = None
    next_secret_env: Annotated[str | None, about("environment variable with the next secret")] = None


class WebhookSettings(Signed, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="webhook"):
    """A POST of our own JSON."""


class DingTalkSettings(Door, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="dingtalk"):
    """A DingTalk group robot. With a secret the calls are signed."""

    url: Annotated[str, about("the vendor's address, without the token")] = "https://oapi.dingtalk.com/robot/send"
    token_file: Annotated[str | None, about("file with the robot's token")] = None
    token_env: Annotated[str | None, about("environment variable with the robot's token")] = None
    secret_file: Annotated[str | None, about("file with the secret that calls are signed with")] = None
    secret_env: Annotated[str | None, about("environment variable with that secret")] = None


class WeComSettings(Door, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="wecom"):
    """A WeCom (企业微信) group robot; its key is the token."""

    url: Annotated[str, about("the vendor's address, without the token")] = (
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
    )
    token_file: Annotated[str | None, about("file with the robot's token")] = None
    token_env: Annotated[str | None, about("environment variable with the robot's token")] = None


class FeishuSettings(Door, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="feishu"):
    """A Feishu (飞书) group robot; the token is the last part of its address. With a secret the calls are signed."""

    url: Annotated[str, about("the vendor's address, without the token")] = (
        "https://open.feishu.cn/open-apis/bot/v2/hook"
    )
    token_file: Annotated[str | None, about("file with the robot's token")] = None
    token_env: Annotated[str | None, about("environment variable with the robot's token")] = None
    secret_file: Annotated[str | None, about("file with the secret that calls are signed with")] = None
    secret_env: Annotated[str | None, about("environment variable with that secret")] = None


class Callback(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a vendor says back to `POST /api/v1/vendor/NAME/reply`, and how it proves to be the vendor."""

    secret_file: Annotated[str | None, about("file with the secret that proves the vendor")] = None
    secret_env: Annotated[str | None, about("environment variable with that secret")] = None
    signed: Annotated[bool, about("Standard Webhooks headers; otherwise the secret is a token in the address")] = True
    encoding: Annotated[Literal["json", "form", "query"], about("how the vendor's events travel")] = "json"
    list_field: Annotated[
        str,
        about(
            "Where a form or an object holds the events, as JSON; of several names with | between, "
            "the one that is there"
        ),
    ] = ""
    key_field: Annotated[str, about("the field with the notice's key")] = "key"
    id_field: Annotated[str, about("the field with the vendor's own id of the message")] = "id"
    state_field: Annotated[str, about("the field with what became of the message")] = "state"
    arrived: Annotated[tuple[str, ...], about("states that mean that it arrived")] = ("delivered",)
    failed: Annotated[tuple[str, ...], about("states that mean that it failed")] = ("failed",)
    code_field: Annotated[str, about("the field with the vendor's error code")] = "code"
    wrong_codes: Annotated[tuple[str, ...], about("Codes, or states, that mean that the number is none")] = ()
    sender_field: Annotated[
        str,
        about(
            "Where text messages come in: the field with the number that one came from; `digit_field` holds its text"
        ),
    ] = ""
    digit_field: Annotated[str, about("the field with the pressed digit or the text")] = "digit"
    goes: Annotated[str, about('the digit that means "I go"')] = "1"
    cannot: Annotated[str, about('the digit that means "I can\'t"')] = "2"
    answer: Annotated[str, about("What the vendor wants to read when all is well; empty for our own JSON")] = ""


class Template(Door, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a vendor's own HTTP door is spoken to, without code for each vendor.

    In `body`, `{address}` (with +86) or `{mobile}` (without), `{title}`, `{text}`, `{link}`, `{language}`, `{key}`
    and `{urgent}` stand for the notice, `{token}` for the token where it goes into the body and not into a header.
    A 200 is a success only if the answer's `ok_field` holds `ok_value`; a dot goes one level down (`"data.code"`).
    """

    token_file: Annotated[str | None, about("file with the vendor's token")] = None
    token_env: Annotated[str | None, about("environment variable with the vendor's token")] = None
    token_header: Annotated[str, about("the header that carries the token")] = "Authorization"  # noqa: S105  # the name of a header
    token_prefix: Annotated[str, about("what stands before the token in the header")] = "Bearer "  # noqa: S105  # the scheme before the token
    body: Annotated[dict[str, Any], about("what is posted; texts with placeholders such as {address} and {text}")] = (
        msgspec.field(
            default_factory=lambda: {"to": "{address}", "text": "{text}", "language": "{language}", "key": "{key}"}
        )
    )
    encoding: Annotated[
        Literal["json", "form"], about("How the body travels: as JSON, or as a form of plain texts")
    ] = "json"
    ok_field: Annotated[str, about("the field of the answer that tells success")] = "code"
    ok_value: Annotated[str, about("its value for success")] = "OK"
    busy_values: Annotated[list[str], about('Values of `ok_field` that mean "try again", such as a rate limit')] = []
    wrong_values: Annotated[
        list[str], about("Values of `ok_field` that mean that the number is none: somebody has to ask for another")
    ] = []
    id_field: Annotated[str, about("the field of the answer with the vendor's own id")] = "id"
    callback: Annotated[Callback | None, about("what the vendor says back, and how it proves itself")] = None
    confirm_within_s: Annotated[
        Annotated[float, Meta(gt=0, le=3600)] | None,
        about("Without a receipt in so many seconds the person's next channel is tried"),
    ] = None


class SmsSettings(Template, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="sms_http"):
    """Text messages."""


class VoiceSettings(
    Template, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="voice_http"
):
    """Calls that read the text out."""


class EmailSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="email"):
    """A mail server that takes our mail."""

    host: Annotated[str, about("the mail server")]
    sender: Annotated[str, about("our mailbox, such as linshe@example.org")]
    port: Annotated[Port, about("the mail server's port")] = 587
    tls: Annotated[Literal["starttls", "tls", "none"], about("how the connection is protected")] = "starttls"
    ca_file: Annotated[str | None, about("PEM of a private certificate authority, beside the public ones")] = None
    username: Annotated[str | None, about("the mail server's user")] = None
    password_file: Annotated[str | None, about("file with the password")] = None
    password_env: Annotated[str | None, about("environment variable with the password")] = None
    timeout_s: Annotated[Seconds, about("how long one try may take")] = 20.0


class WebPushSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="web_push"):
    """Messages to the browsers that people allowed to ring. The channel must be called `push`."""

    key_file: Annotated[str, about("PEM of a P-256 key, ours for good: a new one makes everybody allow it again")]
    subject: Annotated[str, about("How a push service reaches us: `mailto:…` or an address of ours")]
    timeout_s: Annotated[Seconds, about("how long one try may take")] = 10.0
    ttl_s: Annotated[
        Annotated[int, Meta(ge=0, le=86400)], about("How long a push service keeps a message for a phone that is off")
    ] = 900
    confirm_within_s: Annotated[
        Annotated[float, Meta(gt=0, le=3600)],
        about("Where no browser has shown the message in so many seconds the person's next channel is tried"),
    ] = 60.0
    push_hosts: Annotated[
        tuple[str, ...],
        about("Push services, with what lies below them, that we speak to; other addresses are refused"),
    ] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "push.apple.com",
        "notify.windows.com",
    )
    ca_file: Annotated[str | None, about("PEM of a private certificate authority, beside the public ones")] = None
    plain_http: Annotated[bool, about("http to other machines as well; the network up to there is yours")] = False


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
