"""Settings: ingest.toml, typed. A key that does not exist, a wrong type, a missing file: the program does not start and
says everything that is wrong, with line, key and what to do. Secrets come from files or the environment and never show
in a repr."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from ingest.actions.base.retention import Retention
from ingest.actions.base.secrets import MasterKey
from ingest.channels.settings import any_channel, channel_plugins, check_channel
from ingest.fleet.actions.send_test_alarms import AlarmTestPhone
from ingest.outward.forwarders.settings import any_forwarder, check_forwarder, forwarder_plugins
from ingest.outward.history.settings import InfluxSettings, check_influx
from ingest.store.base.database import DatabaseUrl, DatabaseUrlError, driver_url
from models.kit.config_declared import Port, about
from models.kit.config_reader import Reader, read_document

Days = Annotated[int, Meta(ge=30, le=36_500)]


class IngestTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[ingest]"""

    database: Annotated[str, about("where everything is kept: sqlite:///path or postgresql://user@host/name")] = (
        "sqlite:///ingest.sqlite"
    )
    password_file: Annotated[str | None, about("file with the database's password")] = None
    password_env: Annotated[str | None, about("environment variable with the database's password")] = None
    master_key_file: Annotated[
        str | None, about("file with the key that all others are made of: 32 random bytes or more as hex")
    ] = None
    master_key_env: Annotated[str | None, about("environment variable with that key")] = None
    timezone: Annotated[str, about("zone of reports and of homes that name none")] = "Asia/Shanghai"
    public_url: Annotated[str, about("address of the console as people reach it; links in notices begin with it")] = (
        "http://127.0.0.1:8000"
    )
    keep_messages_days: Annotated[Days, about("how long messages from gateways are kept")] = 90
    keep_notices_days: Annotated[Days, about("how long notices are kept")] = 730
    keep_photos_days: Annotated[Days, about("how long photos are kept after their ticket is closed")] = 180
    calm_per_gateway_s: Annotated[
        float, about("messages a second that one gateway may send for long; 0 for no limit")
    ] = 50.0


class WebTls(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[web.tls]: the certificate the console shows."""

    cert_file: Annotated[str, about("PEM with the certificate and those that signed it")] = ""
    key_file: Annotated[str, about("PEM with its private key")] = ""


class WebTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[web]"""

    host: Annotated[str, about("address to listen on; 0.0.0.0 for all")] = "127.0.0.1"
    port: Annotated[Annotated[int, Meta(ge=0, le=65535)], about("port to listen on")] = 8000
    tls: Annotated[WebTls | None, about("the certificate the console shows; without it plain HTTP")] = None


class BrokerTls(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[broker.tls]: whom we believe (the system's authorities when empty), and who we are."""

    ca_file: Annotated[str | None, about("who signs the broker's certificate; without it the system's list")] = None
    cert_file: Annotated[str | None, about("our own certificate")] = None
    key_file: Annotated[str | None, about("our own private key")] = None


class BrokerTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[broker]; without the table nothing comes in by MQTT."""

    host: Annotated[str, about("the MQTT broker")] = "127.0.0.1"
    port: Annotated[Port, about("the broker's port")] = 1883
    username: Annotated[str | None, about("the broker's user")] = None
    password_file: Annotated[str | None, about("file with the broker's password")] = None
    password_env: Annotated[str | None, about("environment variable with the broker's password")] = None
    tls: Annotated[BrokerTls | None, about("TLS to the broker")] = None


class CanaryTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[canary]: where the gateways' daily test alarms end; without it they end when they are here."""

    channel: Annotated[str, about("a channel of [notify]")]
    address: Annotated[str, about("number or address that is told")]


class DeadManTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[deadman]: a service outside that rings somebody when our pings stay away. Whoever knows the URL can ping it."""

    url_file: Annotated[str | None, about("file with the URL that is pinged")] = None
    url_env: Annotated[str | None, about("environment variable with that URL")] = None
    every_s: Annotated[Annotated[float, Meta(ge=10, le=3600)], about("how often it is pinged")] = 60.0


class IngestFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    ingest: Annotated[IngestTable, about("the program itself")] = msgspec.field(default_factory=IngestTable)
    web: Annotated[WebTable, about("where the console listens")] = msgspec.field(default_factory=WebTable)
    broker: Annotated[BrokerTable | None, about("where envelopes come from; without it only by HTTP")] = None
    notify: Annotated[dict[str, Any], about("channels, by the name that people's channels have")] = msgspec.field(
        default_factory=dict
    )
    forward: Annotated[dict[str, Any], about("other centres that are told of events")] = msgspec.field(
        default_factory=dict
    )
    influx: Annotated[InfluxSettings | None, about("a time-series database that usage is written to")] = None
    canary: Annotated[CanaryTable | None, about("where daily test alarms end")] = None
    deadman: Annotated[DeadManTable | None, about("a service outside that rings somebody when our pings stay away")] = (
        None
    )


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
    database: DatabaseUrl
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
    """Read `path`; raises `ConfigError` with every problem."""
    path = path.absolute()
    data, reader = read_document(path, "give another file with --config")
    reader.check(data, IngestFile, ())
    settings = _Checks(data, reader, os.environ if environment is None else environment).settings()
    reader.raise_problems()
    assert settings is not None  # whatever is missing has been noted
    return settings


class _Checks:
    """What must hold beyond the type of each key. Works on the plain data: one wrong type hides no other mistake."""

    def __init__(self, data: Mapping[str, Any], reader: Reader, environment: Mapping[str, str]) -> None:
        self._data = data
        self._reader = reader
        self._environment = environment

    def settings(self) -> Settings | None:
        """Return the settings, None after noting why not."""
        keys, database, zone = self._master_key(), self._database(), self._zone()
        self._public_url()
        self._calm()
        self._channels()
        broker, canary, deadman, web = self._broker(), self._canary(), self._deadman(), self._web()
        parsed = self._reader.good(self._data, IngestFile)
        if self._reader.problems or parsed is None or keys is None or database is None or zone is None:
            return None
        table = parsed.ingest
        days = (table.keep_messages_days, table.keep_notices_days, table.keep_photos_days)
        return Settings(
            base=self._reader.base,
            database=database,
            keys=keys,
            zone=zone,
            public_url=table.public_url.rstrip("/"),
            web=web,
            broker=broker,
            notify=self._table("notify"),
            influx=self._data.get("influx"),
            forward=self._table("forward"),
            keep=Retention(*(timedelta(days=number) for number in days)),
            calm_per_gateway_s=table.calm_per_gateway_s,
            canary=canary,
            deadman=deadman,
        )

    def _table(self, name: str) -> Mapping[str, Any]:
        table = self._data.get(name)
        return table if isinstance(table, Mapping) else {}

    def _secret(self, table: str, name: str) -> str | None:
        return self._reader.secret(self._table(table), name, (table,), self._environment)

    def _master_key(self) -> MasterKey | None:
        table = self._table("ingest")
        text = self._secret("ingest", "master_key")
        key = "master_key_file" if "master_key_file" in table else "master_key_env"
        if key not in table:
            self._reader.complain(("ingest",), "give master_key_file or master_key_env (32 random bytes as hex)")
        if text is None:
            return None
        try:
            return MasterKey(bytes.fromhex(text))
        except ValueError:
            # the text itself is a secret and is not repeated
            self._reader.complain(("ingest", key), "must hold 32 bytes or more, written as hex digits")
            return None

    def _database(self) -> DatabaseUrl | None:
        named = self._table("ingest").get("database", IngestTable().database)
        password = self._secret("ingest", "password")
        if not isinstance(named, str):
            return None
        try:
            url = driver_url(named, password)
        except DatabaseUrlError:
            self._reader.complain(("ingest", "database"), "use sqlite:///path or postgresql://user@host/name")
            return None
        if url.get_backend_name() != "sqlite":
            return url
        if not url.database or url.database == ":memory:":
            self._reader.complain(("ingest", "database"), "name a file: sqlite:///ingest.sqlite")
            return None
        return url.set(database=str(self._reader.base / url.database))

    def _zone(self) -> ZoneInfo | None:
        name = self._table("ingest").get("timezone", IngestTable().timezone)
        try:
            return ZoneInfo(name) if isinstance(name, str) else None
        except (ZoneInfoNotFoundError, ValueError):
            self._reader.complain(("ingest", "timezone"), f"{name!r} is no time zone; write e.g. Asia/Shanghai")
            return None

    def _public_url(self) -> None:
        url = self._table("ingest").get("public_url")
        if isinstance(url, str) and not url.startswith(("http://", "https://")):
            self._reader.complain(("ingest", "public_url"), f"{url!r} must start with http:// or https://")

    def _calm(self) -> None:
        each_s = self._table("ingest").get("calm_per_gateway_s")
        if isinstance(each_s, int | float) and each_s != 0 and not 1 <= each_s <= 100_000:
            told = "must be 1 to 100000 messages a second, or 0 for no limit"
            self._reader.complain(("ingest", "calm_per_gateway_s"), told)

    def _channels(self) -> None:
        channels, forwarders = channel_plugins(), forwarder_plugins()
        for name, table in self._table("notify").items():
            # what a broken plug-in was told can not be judged, and must not keep the others from starting
            if channels.fault_of(table) is None:
                channel = self._reader.read(table, any_channel(channels), ("notify", name))
                if channel is not None:
                    check_channel(self._reader, name, channel, ("notify", name), channels)
        for name, table in self._table("forward").items():
            if forwarders.fault_of(table) is None:
                forwarder = self._reader.read(table, any_forwarder(forwarders), ("forward", name))
                if forwarder is not None:
                    check_forwarder(self._reader, forwarder, ("forward", name), forwarders)
        influx = self._reader.good(self._table("influx"), InfluxSettings)
        if influx is not None:
            check_influx(self._reader, influx, ("influx",))

    def _canary(self) -> AlarmTestPhone | None:
        table = self._table("canary")
        channel, address = table.get("channel"), table.get("address")
        if isinstance(channel, str) and channel not in self._table("notify"):
            known = ", ".join(sorted(self._table("notify"))) or "none"
            told = f"{channel!r} is no channel of [notify]; there are: {known}"
            self._reader.complain(("canary", "channel"), told)
        if isinstance(address, str) and not address.strip():
            self._reader.complain(("canary", "address"), "is empty; write the number or address that shall be told")
        return AlarmTestPhone(channel, address) if isinstance(channel, str) and isinstance(address, str) else None

    def _deadman(self) -> DeadManUrl | None:
        if not isinstance(self._data.get("deadman"), Mapping):
            return None
        table = self._table("deadman")
        url = self._secret("deadman", "url")
        if not {"url_file", "url_env"} & set(table):
            self._reader.complain(("deadman",), "give url_file or url_env: who knows the URL can ping in our name")
        if url is not None and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            self._reader.complain(("deadman", "url_file" if "url_file" in table else "url_env"), "must hold https://…")
        good = self._reader.good(table, DeadManTable)
        return None if url is None or good is None else DeadManUrl(url, good.every_s)

    def _web(self) -> WebTable:
        table = self._table("web")
        tls = self._reader.good(table.get("tls"), WebTls)
        if tls is not None and (tls.cert_file or tls.key_file):
            named = msgspec.structs.asdict(tls)
            tls = WebTls(**{key: str(self._reader.named_file(named, key, ("web", "tls"))) for key in named})
        else:
            tls = None
        return msgspec.structs.replace(self._reader.good(table, WebTable) or WebTable(), tls=tls)

    def _broker(self) -> Broker | None:
        table = self._table("broker")
        password = self._secret("broker", "password")
        tls = self._reader.good(table.get("tls"), BrokerTls)
        if tls is not None:
            named = {key: file for key, file in msgspec.structs.asdict(tls).items() if file}
            tls = BrokerTls(**{key: str(self._reader.named_file(named, key, ("broker", "tls"))) for key in named})
        broker = self._reader.good(table, BrokerTable) if "broker" in self._data else None
        return None if broker is None else Broker(broker.host, broker.port, broker.username, password, tls)
