"""Secrets: keys and passwords from files or the environment. They are returned, never logged and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_KEY = re.compile(r"[0-9a-fA-F]{64}")


class SecretError(ValueError):
    """A secret that isn't there or can't be one. The message never holds any of it."""


def read_secret(file: Path | None, env: str | None, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the secret from `file` or from the variable `env`, None when neither is named; raises `SecretError`."""
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise SecretError(f"{file} can't be read: {reason}; make it and let the gateway's user read it") from error
        if not text:
            raise SecretError(f"{file} is empty; write the secret into it")
        return text
    if env is not None:
        if not environ.get(env):
            raise SecretError(f"the environment variable {env} is not set; set it before the gateway starts")
        return environ[env]
    return None


def read_key(file: Path | None, env: str | None, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the gateway's 32-byte key; raises `SecretError`."""
    text = read_secret(file, env, environ)
    if text is None:
        raise SecretError('no key: add key_file = "…" or key_env = "…" (linshe-ingest gateway add … --print-key)')
    if not _KEY.fullmatch(text):
        raise SecretError(f"{file or env} must hold 64 hex digits (32 bytes); what is there has {len(text)} characters")
    return bytes.fromhex(text)
