"""Identity: new ids. The only place of the actions where chance is."""

from __future__ import annotations

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Nothing that can be mistaken when it is read out over the telephone."""


def new_ticket_id() -> str:
    """Return an id short enough to be read out: 31^8 of them."""
    return "t-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


def new_notice_id() -> str:
    """Return an id for one notice."""
    return "n-" + secrets.token_hex(12)


def new_shift_id() -> str:
    """Return an id for a shift that people sign up for."""
    return "s-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


def new_entry_id() -> str:
    """Return an id for an entry of a ledger: an absence, a silence, a planned test."""
    return "e-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def new_visit_id() -> str:
    """Return an id for a friendly visit."""
    return "v-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def new_family_message_id() -> str:
    """Return an id for one message to a resident's family."""
    return "l-" + secrets.token_hex(12)


def new_photo_id() -> str:
    """Return an id for a photo: it stands in addresses, and nobody guesses it."""
    return "p-" + secrets.token_hex(12)
