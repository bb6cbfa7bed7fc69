"""Vendor codes: what of a vendor's own words may be stored and shown.

Vendors echo what they were sent: numbers, texts, tokens. Only something that looks like a code is let through.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")
_LONG_NUMBER = re.compile(r"[0-9]{7,}")


def vendor_code(value: object) -> str:
    """Return an error code or message id of a vendor, `unreadable` for what is not one, "" for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return "" if value in ("", None) else "unreadable"
    text = str(value)
    return text if _CODE.fullmatch(text) else "unreadable"


def refusal_code(value: object) -> str:
    """Like `vendor_code`, but a number long enough to be a telephone number is not let through either."""
    code = vendor_code(value)
    return "unreadable" if _LONG_NUMBER.search(code) else code
