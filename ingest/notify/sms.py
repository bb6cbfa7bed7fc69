"""SMS: a text message through whichever vendor the settings describe."""

from __future__ import annotations

from ingest.notify.addresses import telephone
from ingest.notify.contract import Delivery, OutgoingNotice, Rejected
from ingest.notify.http_template import HttpTemplate


class SmsChannel:
    """Sends the text with its link; the title stays behind, a text message has none."""

    def __init__(self, vendor: HttpTemplate) -> None:
        self._vendor = vendor

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Send the notice; see `Channel`."""
        number = telephone(notice.address)
        if number is None:
            return Rejected("sms: the address is not a telephone number")
        return await self._vendor.send(notice, number, notice.text_with_link)
