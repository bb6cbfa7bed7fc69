"""Passwords: argon2id, slow on purpose, so it runs in a thread and not in the loop."""

from __future__ import annotations

import asyncio

from pwdlib import PasswordHash

MIN_LENGTH = 10
_hasher = PasswordHash.recommended()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class WeakPasswordError(ValueError):
    """A password that is too easy."""


async def hash_password(password: str) -> str:
    """Return the hash to store; raises `WeakPasswordError`."""
    if len(password) < MIN_LENGTH:
        raise WeakPasswordError(f"the password has {len(password)} characters; at least {MIN_LENGTH} are needed")
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(password: str, stored: str | None) -> bool:
    """Return whether it fits. With no stored hash it takes as long and says no: a login's existence stays hidden."""
    fits = await asyncio.to_thread(_hasher.verify, password, stored or _NOBODY)
    return fits and stored is not None
