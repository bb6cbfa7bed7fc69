"""Settings of the [influx] table: typed, unknown keys are errors, the token comes from a file or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from models.kit.config_declared import about
from models.kit.config_places import Path
from models.kit.config_reader import Reader


class InfluxSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A server that speaks the InfluxDB v2 write API."""

    url: Annotated[str, about("the server")]
    bucket: Annotated[str, about("the bucket that is written to")]
    org: Annotated[str, about("the organisation")] = ""
    token_file: Annotated[str | None, about("file with the token")] = None
    token_env: Annotated[str | None, about("environment variable with the token")] = None
    ca_file: Annotated[str | None, about("PEM of a private certificate authority")] = None
    refused_file: Annotated[
        str, about("Where lines go that the server will never take; they can be mended and sent by hand")
    ] = "influx-refused.lp"
    timeout_s: Annotated[Annotated[float, Meta(gt=0, le=120)], about("how long one try may take")] = 10.0
    longest_wait_s: Annotated[
        Annotated[float, Meta(gt=0, le=3600)], about("The longest pause between two tries while the server is away")
    ] = 60.0


@dataclass(frozen=True, slots=True)
class InfluxTarget:
    """Where to write, with the secret in hand."""

    url: str
    bucket: str
    org: str
    token: str | None = field(repr=False)
    ca_file: str | None
    refused_file: FilePath
    timeout_s: float
    longest_wait_s: float


def read_influx(table: Mapping[str, Any], base_dir: FilePath) -> InfluxTarget:
    """Return the target of the [influx] table; files are relative to `base_dir`. Raises `ConfigError`."""
    reader = Reader("[influx]", base=base_dir)
    settings = reader.read(table, InfluxSettings)
    if settings is not None:
        check_influx(reader, settings, ())
    token = reader.secret(table, "token", ())
    reader.raise_problems()
    assert settings is not None
    return InfluxTarget(
        url=settings.url,
        bucket=settings.bucket,
        org=settings.org,
        token=token,
        ca_file=None if settings.ca_file is None else str(base_dir / settings.ca_file),
        refused_file=base_dir / settings.refused_file,
        timeout_s=settings.timeout_s,
        longest_wait_s=settings.longest_wait_s,
    )


def check_influx(reader: Reader, settings: InfluxSettings, path: Path) -> None:
    """Note what the type of each key can't say."""
    parts = urlsplit(settings.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        reader.complain((*path, "url"), "must start with https:// (or http://) and name a host")
    if parts.username or parts.password:
        reader.complain((*path, "url"), "must not hold a password; use token_file")
    reader.named_file(msgspec.structs.asdict(settings), "ca_file", path)
