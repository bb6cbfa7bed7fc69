"""What can be a telephone number or a mailbox at all: asked before a vendor is."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_MOBILE_DIGITS = 11
_MAILBOX = re.compile(r"[^@\s,;<>\"\x00-\x20]{1,64}@[^@\s,;<>\"\x00-\x20]{1,190}")


def telephone(address: str) -> str | None:
    """Return the number in E.164 manner (spaces and dashes gone), or None if it can't be one."""
    number = re.sub(r"[ ()-]", "", address)
    return number if _NUMBER.fullmatch(number) else None


def address_fault(channel: str, address: str) -> str | None:
    """Return what is wrong with an address of a channel of the usual name, and what to write; None if nothing is seen.

    A Chinese mobile number has eleven digits, so that one too few or too many is known where it is typed.
    """
    if channel == "email":
        return None if mailbox(address) else "is no mailbox; write it as name@example.org"
    if channel not in ("sms", "voice"):
        return None
    number = telephone(address)
    if number is None:
        return "is no telephone number; write it as +8613812345678"
    within = re.sub(r"^(\+86|0086)", "", number)
    if re.match(r"1[3-9]", within) and len(within) != _MOBILE_DIGITS:
        return f"has {len(within)} digits where a mobile number has {_MOBILE_DIGITS}; mend it"
    return None


def national(number: str, country: str = "86") -> str:
    """Return a telephone number as it is dialled within the country: without the +86 that vendors there refuse."""
    return number.removeprefix(f"+{country}")


def mailbox(address: str) -> str | None:
    """Return the mailbox, or None if it can't be one: one address only, no display name, no line breaks."""
    return address if _MAILBOX.fullmatch(address) and address.isascii() else None
