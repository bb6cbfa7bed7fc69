"""Secrets: keys and passwords from files or the environment. They are returned, never logged and never shown."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

_KEY = re.compile(r"[0-9a-fA-F]{64}")


class SecretError(ValueError):
    """A secret that isn't there or can't be one. The message never holds any of it."""


def read_secret(file: Path | None, env: str | None, environ: Mapping[str, str] | None = None) -> str | None:
    """Return the secret from `file` or from the variable `env`, None when neither is named; raises `SecretError`."""
    if file is not None:
        return _from_file(file)
    if env is not None:
        secret = (os.environ if environ is None else environ).get(env, "").strip()
        if not secret:
            raise SecretError(f"the environment variable {env} is not set; set it before the program starts")
        return secret
    return None


def _from_file(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            text = stream.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SecretError(f"{file} can't be read: {reason}; make it and let the program's user read it") from error
    if stat.S_ISREG(mode) and mode & stat.S_IWOTH:
        raise SecretError(f"{file} can be written by everybody on this machine; chmod 600 {file.name}")
    if not text:
        raise SecretError(f"{file} is empty; write the secret into it")
    return text


def read_key(file: Path | None, env: str | None, environ: Mapping[str, str] | None = None) -> bytes:
    """Return a key of 32 bytes, written as hex digits; raises `SecretError`."""
    text = read_secret(file, env, environ)
    if text is None:
        raise SecretError('no key: add key_file = "…" or key_env = "…" (linshe-ingest gateway add … --print-key)')
    if not _KEY.fullmatch(text):
        raise SecretError(f"{file or env} must hold 64 hex digits (32 bytes); what is there has {len(text)} characters")
    return bytes.fromhex(text)
