"""Binary coded decimals as Chinese meters send them: two digits a byte, the lowest byte first."""

from __future__ import annotations

from decimal import Decimal


def digits(data: bytes) -> str | None:
    """Return the digits, highest first, or None where a half byte is not a decimal digit."""
    text = data[::-1].hex()
    return text if text.isdecimal() else None


def from_digits(text: str) -> bytes:
    """Return the bytes of an even number of digits (or of the wildcard A), lowest byte first.

    Raises `ValueError` for anything that is not an even number of hexadecimal digits.
    """
    return bytes.fromhex(text)[::-1]


def decimal(data: bytes, places: int, *, signed: bool = False) -> Decimal | None:
    """Return the number with its `places` decimals kept, or None where it is not decimal.

    With `signed` the highest bit of the highest byte means minus, as in DL/T 645-2007.
    """
    if not data:
        return None
    negative = signed and bool(data[-1] & 0x80)
    if negative:
        data = data[:-1] + bytes([data[-1] & 0x7F])
    text = digits(data)
    if text is None:
        return None
    number = Decimal(int(text)).scaleb(-places)
    return -number if negative else number


def encode(value: Decimal, length: int, places: int, *, signed: bool = False) -> bytes:
    """Return `value` as `length` bytes with `places` decimals; digits below the last place are cut, as registers do.

    Raises `ValueError` where the number has no room.
    """
    whole = int(abs(value).scaleb(places))
    text = str(whole).zfill(2 * length)
    if len(text) > 2 * length:
        raise ValueError(f"{value} has no room in {length} bytes with {places} decimals")
    data = bytearray(from_digits(text))
    if value < 0:
        if not signed or data[-1] & 0x80:
            raise ValueError(f"{value} is negative and the register has no room for a sign")
        data[-1] |= 0x80
    return bytes(data)
