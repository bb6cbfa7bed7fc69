"""Values in Modbus registers: types, word and byte order. Pure arithmetic on bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from gateway.protocols import bcd, real

Type = Literal["u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "bcd16", "bcd32", "bcd64", "bit"]

WORDS: dict[Type, int] = {
    "u16": 1, "i16": 1, "u32": 2, "i32": 2, "u64": 4, "i64": 4,
    "f32": 2, "f64": 4, "bcd16": 1, "bcd32": 2, "bcd64": 4, "bit": 1,
}  # fmt: skip


def ordered(data: bytes, *, low_word_first: bool, low_byte_first: bool) -> bytes:
    """Return the bytes of a value with the highest first, from the order in which the device keeps them."""
    words = [data[n : n + 2] for n in range(0, len(data), 2)]
    if low_word_first:
        words.reverse()
    return b"".join(word[::-1] if low_byte_first else word for word in words)


def read(data: bytes, kind: Type) -> Decimal | None:
    """Return the number in `data` (highest byte first), or None where it is none.

    That is NaN, what should be decimals and is not, and a wide counter of which every bit is set.
    """
    if kind.startswith("f"):
        return real.shortest(data)
    if kind.startswith("bcd"):
        text = bcd.digits(data[::-1])
        return None if text is None else Decimal(int(text))
    if kind in ("u32", "u64") and set(data) == {0xFF}:
        return None
    return Decimal(int.from_bytes(data, "big", signed=kind.startswith("i")))
