"""The channel contract: one notice to one person over one channel, and what became of it.

A channel does the sending and nothing else. It must not know tickets, plans or the database; it does not retry (the
outbox does), and what it says about a failure never holds a secret, an address or the notice's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Asks(StrEnum):
    """What a digit can answer."""

    GO = "go"
    """Can you go? One yes, the other no."""
    WELL = "well"
    """Is all well with you? One yes, the other a cry for help."""


@dataclass(frozen=True, slots=True)
class OutgoingNotice:
    """One message to one person over one channel.

    `key` stays the same when the notice is sent again, so that a vendor who knows it sends once. `address` is what the
    channel understands: a telephone number, a mailbox, the mobile to be called by name in a group. `text` is complete
    by itself; `link` is added to it where it is not in it already. `language` is "zh" or "en".
    """

    notice_id: str
    key: str
    address: str
    title: str
    text: str
    link: str | None
    language: str
    urgent: bool
    asks: Asks | None = None
    """What it asks, where a digit can answer it."""

    @property
    def text_with_link(self) -> str:
        """The text for a screen: the link is in it once."""
        if self.link is None or self.link in self.text:
            return self.text
        return f"{self.text} {self.link}"

    @property
    def spoken(self) -> str:
        """The text for a voice: nobody can press a link that is read out."""
        return self.text if self.link is None else " ".join(self.text.replace(self.link, "").split())


@dataclass(frozen=True, slots=True)
class Delivered:
    """The vendor took it. `vendor_id` is the vendor's own name for it, empty where it gives none.

    `reports`: the vendor says later whether it arrived; where it says nothing within `confirm_within_s`, the person's
    next channel is tried.
    """

    vendor_id: str
    reports: bool = False
    confirm_within_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The vendor said no, or the address can't be one: the same notice would get the same answer. Final.

    `status` is that of HTTP where there was one; `wrong_address` says that it is the address which can not be right,
    so that somebody has to ask for another one.
    """

    reason: str
    status: int | None = field(default=None, compare=False)
    wrong_address: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer, or none that can be understood: it may have been sent or not. To be sent again with the same key."""

    reason: str


class Answered(StrEnum):
    """What somebody says by pressing a digit; who was asked whether all is well says "well" or "help" by them."""

    GOES = "goes"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class VendorEvent:
    """What a vendor says back about one message. `event_id` is the same when it says so again.

    The message is named by our `key` or the vendor's `vendor_id`, the other may be empty. `arrived` None: nothing is
    said about that; `answered` None: no digit, or one without a meaning. `code` is the vendor's own, safe to show;
    `wrong_address`: it says that the number is none. `sender` is the number that a text message came from, where the
    vendor names neither message nor key.
    """

    event_id: str
    key: str
    vendor_id: str
    arrived: bool | None
    answered: Answered | None
    code: str
    wrong_address: bool = False
    sender: str = field(default="", repr=False)


Delivery = Delivered | Rejected | Unreachable


class Channel(Protocol):
    """A way to reach a person."""

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Send `notice` once and say what became of it. Trouble with the vendor is a value, never an exception."""
        ...


PUSH = "push"
"""The one name of the channel to browsers: it stands beside a person's own channels, not among them."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's subscription: where its push service listens, its public key and its secret, both base64url."""

    endpoint: str
    p256dh: str
    auth: str


class Browsers(Protocol):
    """Who keeps the subscriptions."""

    async def of(self, person_id: str) -> Sequence[Browser]:
        """Return the browsers of a person."""
        ...

    async def forget(self, endpoint: str) -> None:
        """The browser is no more."""
        ...

    def seen_url(self, message: str) -> str:
        """Return what a browser calls when it has shown the message."""
        ...
