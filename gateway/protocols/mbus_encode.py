"""The meter's side of M-Bus data: headers and records as a meter writes them, for simulators."""

from __future__ import annotations

from datetime import datetime

MORE_FOLLOWS = b"\x1f"
"""Ends a telegram after which another can be asked for."""


def own_address(number: str, manufacturer: str, version: int, medium: int) -> bytes:
    """Return the 8 bytes of a secondary address: 8 digits, the maker's three letters, version and medium."""
    first, second, third = (ord(letter) - 64 for letter in manufacturer)
    maker = (first << 10 | second << 5 | third).to_bytes(2, "little")
    return bytes.fromhex(number)[::-1] + maker + bytes([version, medium])


def long_header(own: bytes, access: int, status: int = 0) -> bytes:
    """Return what stands before the records of an answer with CI 72; no encryption."""
    return own + bytes([access & 0xFF, status]) + b"\x00\x00"


def integer_record(codes: bytes, value: int, *, storage: int = 0, tariff: int = 0) -> bytes:
    """Return a record with a 32-bit number; `codes` are VIF and VIFEs, `value` counts in their unit."""
    dif = 0x04 | (storage & 1) << 6
    extension = (storage >> 1 & 0xF) | (tariff & 3) << 4
    head = bytes([dif | 0x80, extension]) if extension else bytes([dif])
    return head + codes + value.to_bytes(4, "little", signed=True)


def time_record(local: datetime) -> bytes:
    """Return a record with the meter's local date and time (type F)."""
    year = local.year % 100
    low = local.day | (year & 7) << 5
    high = local.month | (year & 0x78) << 1
    return bytes([0x04, 0x6D, local.minute, local.hour, low, high])
