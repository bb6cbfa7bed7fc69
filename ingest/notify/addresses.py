"""What can be a telephone number or a mailbox at all: asked before a vendor is."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_MAILBOX = re.compile(r"[^@\s,;<>\"\x00-\x20]{1,64}@[^@\s,;<>\"\x00-\x20]{1,190}")


def telephone(address: str) -> str | None:
    """Return the number in E.164 manner (spaces and dashes gone), or None if it can't be one."""
    number = re.sub(r"[ ()-]", "", address)
    return number if _NUMBER.fullmatch(number) else None


def national(number: str, country: str = "86") -> str:
    """Return a telephone number as it is dialled within the country: without the +86 that vendors there refuse."""
    return number.removeprefix(f"+{country}")


def mailbox(address: str) -> str | None:
    """Return the mailbox, or None if it can't be one: one address only, no display name, no line breaks."""
    return address if _MAILBOX.fullmatch(address) and address.isascii() else None
