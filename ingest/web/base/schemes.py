"""Schemes: by day and by night. The night's colours are a sheet of their own; a scheme says for which medium. Pure."""

from __future__ import annotations

from enum import StrEnum

SCHEME_COOKIE = "linshe_scheme"


class Scheme(StrEnum):
    """What the reader wants; the order is that of the switch."""

    AUTO = "auto"
    """As the machine is set."""
    NIGHT = "night"
    DAY = "day"

    @property
    def medium(self) -> str:
        """The media query under which the night's sheet counts."""
        return _MEDIA[self]

    @property
    def next(self) -> Scheme:
        """What one press of the switch gives."""
        order = list(Scheme)
        return order[(order.index(self) + 1) % len(order)]


_MEDIA = {Scheme.AUTO: "(prefers-color-scheme: dark)", Scheme.NIGHT: "all", Scheme.DAY: "not all"}


def read_scheme(text: str | None) -> Scheme:
    """Return the scheme that a cookie or an address names; what is none means `AUTO`."""
    return Scheme(text) if text in set(Scheme) else Scheme.AUTO
