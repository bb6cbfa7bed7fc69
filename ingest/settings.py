"""Settings: ingest.toml, typed. A key that does not exist, a wrong type, a missing file: the program does not start and
says which file, which key, and what to do. Secrets come from files or the environment and never show in a repr."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from ingest.actions.base.retention import Retention
from ingest.actions.base.secrets import MasterKey
from ingest.fleet.actions.send_test_alarms import AlarmTestPhone
from ingest.store.base.database import DatabaseUrlError, driver_url


class SettingsError(ValueError):
    """The settings are not usable; the message names the file, the key and what to do."""


class IngestTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[ingest]"""

    database: str = "sqlite:///ingest.sqlite"
    password_file: str | None = None
    password_env: str | None = None
    master_key_file: str | None = None
    master_key_env: str | None = None
    timezone: str = "Asia/Shanghai"
    public_url: str = "http://127.0.0.1:8000"
    keep_messages_days: int = 90
    keep_notices_days: int = 730
    keep_photos_days: int = 180
    calm_per_gateway_s: float = 50.0


class WebTls(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[web.tls]: the certificate the console shows."""

    cert_file: str = ""
    key_file: str = ""


class WebTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[web]"""

    host: str = "127.0.0.1"
    port: int = 8000
    tls: WebTls | None = None


class BrokerTls(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[broker.tls]: whom we believe (the system's authorities when empty), and who we are."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


class BrokerTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[broker]; without the table nothing comes in by MQTT."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    tls: BrokerTls | None = None


class CanaryTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[canary]: where the gateways' daily test alarms end; without it they end when they are here."""

    channel: str
    address: str


class DeadManTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[deadman]: a service outside that rings somebody when our pings stay away. Whoever knows the URL can ping it."""

    url_file: str | None = None
    url_env: str | None = None
    every_s: float = 60.0


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    ingest: IngestTable = msgspec.field(default_factory=IngestTable)
    web: WebTable = msgspec.field(default_factory=WebTable)
    broker: BrokerTable | None = None
    notify: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    forward: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    influx: dict[str, Any] | None = None
    canary: CanaryTable | None = None
    deadman: DeadManTable | None = None


@dataclass(frozen=True, slots=True)
class DeadManUrl:
    """Whom to tell that we live, and how often."""

    url: str = field(repr=False)
    every_s: float


@dataclass(frozen=True, slots=True)
class Broker:
    """Where envelopes come from by MQTT."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: BrokerTls | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything, checked. `notify`, `forward` and `influx` are read by their own packages, with files relative to
    `base`."""

    base: Path
    database: URL
    keys: MasterKey = field(repr=False)
    zone: ZoneInfo
    public_url: str
    web: WebTable
    broker: Broker | None
    notify: Mapping[str, dict[str, Any]] = field(repr=False)
    influx: Mapping[str, Any] | None = field(repr=False)
    forward: Mapping[str, dict[str, Any]] = field(repr=False, default_factory=dict)
    keep: Retention = field(default_factory=Retention)
    calm_per_gateway_s: float = 50.0
    canary: AlarmTestPhone | None = None
    deadman: DeadManUrl | None = None


def load_settings(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read `path`; raises `SettingsError`."""
    env = os.environ if environment is None else environment
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        parsed = msgspec.convert(data, _File)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; give another file with --config") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from error
    return _Reader(path, env).settings(parsed)


class _Reader:
    """Turns the file's text into values, with the file's name in every error."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._base = path.resolve().parent
        self._environment = environment

    def settings(self, parsed: _File) -> Settings:
        table = parsed.ingest
        master = self._secret("ingest.master_key", table.master_key_file, table.master_key_env)
        if master is None:
            raise self._error("ingest", "give master_key_file or master_key_env (32 random bytes as hex)")
        return Settings(
            base=self._base,
            database=self._database(table),
            keys=self._master_key(master),
            zone=self._zone(table.timezone),
            public_url=self._public_url(table.public_url),
            web=self._web(parsed.web),
            broker=None if parsed.broker is None else self._broker(parsed.broker),
            notify=parsed.notify,
            influx=parsed.influx,
            forward=parsed.forward,
            keep=self._keep(table),
            calm_per_gateway_s=self._calm(table.calm_per_gateway_s),
            canary=self._canary(parsed),
            deadman=None if parsed.deadman is None else self._deadman(parsed.deadman),
        )

    def _error(self, key: str, message: str) -> SettingsError:
        return SettingsError(f"{self._path}: {key}: {message}")

    def _secret(self, key: str, file: str | None, env: str | None) -> str | None:
        if file is not None and env is not None:
            raise self._error(key, "give a file or an environment variable, not both")
        if env is not None:
            if not self._environment.get(env):
                raise self._error(f"{key}_env", f"the environment variable {env} is not set")
            return self._environment[env].strip()
        if file is None:
            return None
        try:
            return (self._base / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._error(f"{key}_file", f"{file} can not be read as text ({type(error).__name__})") from error

    def _master_key(self, text: str) -> MasterKey:
        try:
            return MasterKey(bytes.fromhex(text))
        except ValueError as error:
            # the text itself is a secret and is not repeated
            raise self._error("ingest.master_key", "must be 32 bytes or more, written as hex digits") from error

    def _database(self, table: IngestTable) -> URL:
        try:
            url = driver_url(table.database, self._secret("ingest.password", table.password_file, table.password_env))
        except (DatabaseUrlError, ArgumentError) as error:
            raise self._error("ingest.database", "use sqlite:///path or postgresql://user@host/name") from error
        if url.get_backend_name() == "sqlite":
            if not url.database or url.database == ":memory:":
                raise self._error("ingest.database", "name a file: sqlite:///ingest.sqlite")
            return url.set(database=str(self._base / url.database))
        return url

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise self._error("ingest.timezone", f"{name!r} is no time zone; write e.g. Asia/Shanghai") from error

    def _keep(self, table: IngestTable) -> Retention:
        for name in ("keep_messages_days", "keep_notices_days", "keep_photos_days"):
            if not 30 <= getattr(table, name) <= 36_500:
                raise self._error(f"ingest.{name}", "must be 30 to 36500 days")
        days = (table.keep_messages_days, table.keep_notices_days, table.keep_photos_days)
        return Retention(*(timedelta(days=number) for number in days))

    def _calm(self, each_s: float) -> float:
        if each_s != 0 and not 1 <= each_s <= 100_000:
            raise self._error("ingest.calm_per_gateway_s", "must be 1 to 100000 messages a second, or 0 for no limit")
        return each_s

    def _canary(self, parsed: _File) -> AlarmTestPhone | None:
        canary = parsed.canary
        if canary is None:
            return None
        if canary.channel not in parsed.notify:
            known = ", ".join(sorted(parsed.notify)) or "none"
            raise self._error("canary.channel", f"{canary.channel!r} is no channel of [notify]; there are: {known}")
        if not canary.address.strip():
            raise self._error("canary.address", "is empty; write the number or address that shall be told")
        return AlarmTestPhone(canary.channel, canary.address)

    def _deadman(self, table: DeadManTable) -> DeadManUrl:
        url = self._secret("deadman.url", table.url_file, table.url_env)
        if url is None:
            raise self._error("deadman", "give url_file or url_env: who knows the URL can ping in our name")
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise self._error("deadman.url", "must start with https://")
        if not 10 <= table.every_s <= 3600:
            raise self._error("deadman.every_s", "must be 10 to 3600 seconds")
        return DeadManUrl(url, table.every_s)

    def _public_url(self, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise self._error("ingest.public_url", f"{url!r} must start with http:// or https://")
        return url.rstrip("/")

    def _web(self, web: WebTable) -> WebTable:
        if not 0 <= web.port <= 65535:
            raise self._error("web.port", f"{web.port} is no port")
        if web.tls is None or not (web.tls.cert_file or web.tls.key_file):
            return msgspec.structs.replace(web, tls=None)
        return msgspec.structs.replace(
            web,
            tls=WebTls(
                cert_file=self._file("web.tls.cert_file", web.tls.cert_file),
                key_file=self._file("web.tls.key_file", web.tls.key_file),
            ),
        )

    def _broker(self, broker: BrokerTable) -> Broker:
        if not 1 <= broker.port <= 65535:
            raise self._error("broker.port", f"{broker.port} is no port")
        password = self._secret("broker.password", broker.password_file, broker.password_env)
        tls = broker.tls
        if tls is not None:
            named = {name: getattr(tls, name) for name in ("ca_file", "cert_file", "key_file")}
            tls = BrokerTls(**{name: file and self._file(f"broker.tls.{name}", file) for name, file in named.items()})
        return Broker(broker.host, broker.port, broker.username, password, tls)

    def _file(self, key: str, name: str) -> str:
        path = self._base / name
        if not name or not path.is_file():
            raise self._error(key, f"{name or 'nothing'!r} is not there")
        return str(path)
