"""Real numbers from the wire as decimals that do not pretend to know more than the bytes."""

from __future__ import annotations

import math
import struct
from decimal import Decimal


def shortest(body: bytes) -> Decimal | None:
    """Return the shortest decimal that stands for these 4 or 8 bytes (high byte first); None for no number.

    Raises `ValueError` for another count of bytes.
    """
    forms = {4: (">f", 6, 9), 8: (">d", 15, 17)}
    if len(body) not in forms:
        raise ValueError(f"a real number has 4 or 8 bytes, not {len(body)}")
    form, fewest, most = forms[len(body)]
    (number,) = struct.unpack(form, body)
    if not math.isfinite(number):
        return None
    for places in range(fewest, most):
        text = f"{number:.{places}g}"
        if struct.pack(form, float(text)) == body:
            return Decimal(text)
    return Decimal(f"{number:.{most}g}")
