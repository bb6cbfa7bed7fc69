"""Proofs: that a form was made by us for this reader (CSRF). Pure: secrets come in as arguments."""

from __future__ import annotations

import hashlib
import hmac


def proof(secret: bytes, purpose: str, subject: str) -> str:
    """Return the proof that goes into a form, bound to what it is for and to whom it was shown."""
    return hmac.new(secret, f"linshe form {purpose}\n{subject}".encode(), hashlib.sha256).hexdigest()


def csrf_token_fits(secret: bytes, purpose: str, subject: str, given: str) -> bool:
    """Tell whether `given` is that proof."""
    return same(proof(secret, purpose, subject), given)


def same(expected: str, given: str) -> bool:
    """Compare two secrets in constant time; text outside ASCII never fits and never fails."""
    return hmac.compare_digest(expected.encode(), given.encode())
