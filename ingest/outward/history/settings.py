"""Settings of the [influx] table: typed, unknown keys are errors, the token comes from a file or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct


class InfluxConfigError(ValueError):
    """An [influx] table that can't be used; says which key and what to do."""


class InfluxSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A server that speaks the InfluxDB v2 write API."""

    url: str
    bucket: str
    org: str = ""
    token_file: str | None = None
    token_env: str | None = None
    ca_file: str | None = None
    refused_file: str = "influx-refused.lp"
    """Where lines go that the server will never take; they can be mended and sent by hand."""
    timeout_s: Annotated[float, Meta(gt=0, le=120)] = 10.0
    longest_wait_s: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """The longest pause between two tries while the server is away."""


@dataclass(frozen=True, slots=True)
class InfluxTarget:
    """Where to write, with the secret in hand."""

    url: str
    bucket: str
    org: str
    token: str | None = field(repr=False)
    ca_file: str | None
    refused_file: Path
    timeout_s: float
    longest_wait_s: float


def read_influx(table: Mapping[str, Any], base_dir: Path) -> InfluxTarget:
    """Return the target of the [influx] table; files are relative to `base_dir`. Raises `InfluxConfigError`."""
    try:
        settings = msgspec.convert(table, InfluxSettings)
    except msgspec.ValidationError as error:
        raise InfluxConfigError(f"[influx]: {error}") from error
    parts = urlsplit(settings.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InfluxConfigError("[influx]: url must start with https:// (or http://) and name a host")
    if parts.username or parts.password:
        raise InfluxConfigError("[influx]: url must not hold a password; use token_file")
    if settings.ca_file is not None and not (base_dir / settings.ca_file).is_file():
        raise InfluxConfigError(f"[influx]: ca_file {settings.ca_file} is not there")
    return InfluxTarget(
        url=settings.url,
        bucket=settings.bucket,
        org=settings.org,
        token=_token(settings, base_dir),
        ca_file=None if settings.ca_file is None else str(base_dir / settings.ca_file),
        refused_file=base_dir / settings.refused_file,
        timeout_s=settings.timeout_s,
        longest_wait_s=settings.longest_wait_s,
    )


def _token(settings: InfluxSettings, base_dir: Path) -> str | None:
    if settings.token_file is not None and settings.token_env is not None:
        raise InfluxConfigError("[influx]: give token_file or token_env, not both")
    if settings.token_file is None and settings.token_env is None:
        return None
    if settings.token_file is not None:
        try:
            token = (base_dir / settings.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InfluxConfigError(f"[influx]: token_file {settings.token_file} can't be read") from error
    else:
        token = os.environ.get(settings.token_env or "", "").strip()
    if not token:
        raise InfluxConfigError(f"[influx]: {settings.token_file or settings.token_env} is empty or not there")
    return token
