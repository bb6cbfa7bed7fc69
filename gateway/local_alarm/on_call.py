"""On call: whom a modem writes to now. Ingest's roster of the coming days goes before the people in gateway.toml, as
long as it is valid and names somebody for this minute; beyond that nobody knows better than the paper.

Numbers of people: they are kept in the state file and shown nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.local_alarm.contract import Recipient
from gateway.protocols.sms_pdu import is_number
from models.wire.codec import WireError, read_back
from models.wire.messages import OnCallChanged

log = logging.getLogger(__name__)

FACT = "on_call"
"""The fact under which what ingest has told is kept."""
WAY = "modem"
"""The way that writes to people."""


class OnCall:
    """`own` are the people of gateway.toml; `now` is the wall's time, None while no clock is to be believed."""

    def __init__(self, own: Sequence[Recipient], now: Callable[[], datetime | None]) -> None:
        self._own = tuple(own)
        self._now = now
        self._told: OnCallChanged | None = None

    @property
    def revision(self) -> str:
        """The revision of what ingest has told, empty when there is nothing."""
        return "" if self._told is None else self._told.revision

    def learn(self, told: OnCallChanged) -> bool:
        """Take over what ingest says; a number that is none can't be written to and is passed over.

        False for times without a zone: nothing is taken over, for nobody knows which minute they mean.
        """
        times = [told.valid_until, *(at for shift in told.shifts for at in (shift.since, shift.until))]
        if any(at.utcoffset() is None for at in times):
            return False
        odd = sum(1 for shift in told.shifts if not is_number(shift.phone))
        if odd:
            log.warning("%d shifts on call have a number that can't be written to", odd)
        self._told = told
        return True

    def recall(self, kept: str | None) -> bool:
        """Put back what was kept; False when it can't be read."""
        if not kept:
            return True
        try:
            return self.learn(read_back(kept, OnCallChanged))
        except WireError:
            return False

    def forget_old(self) -> bool:
        """Forget what is not valid any more; return whether there was anything, for it must leave the disk as well."""
        now = self._now()
        if self._told is None or now is None or now < self._told.valid_until:
            return False
        self._told = None
        return True

    def people(self) -> Sequence[Recipient]:
        """Return whom to write to now, each once."""
        return self._rostered() or self._own

    def known(self) -> Sequence[Recipient]:
        """Return everybody whose answer is understood: a shift may end before its people have answered."""
        shifts = () if self._told is None else self._told.shifts
        return [*(Recipient(WAY, shift.person, shift.phone) for shift in shifts), *self._own]

    def by(self) -> str:
        """Return in a word who decides now whom to write to."""
        return "roster" if self._rostered() else "gateway.toml"

    def _rostered(self) -> Sequence[Recipient]:
        now = self._now()
        if self._told is None or now is None or now >= self._told.valid_until:
            return ()
        on = {
            shift.person: shift.phone
            for shift in self._told.shifts
            if shift.since <= now < shift.until and is_number(shift.phone)
        }
        return [Recipient(WAY, person, phone) for person, phone in on.items()]
