"""SMS: a text message through whichever vendor the settings describe."""

from __future__ import annotations

from ingest.channels.addresses import telephone
from ingest.channels.contract import Delivery, OutgoingNotice, Rejected
from ingest.channels.http_template import HttpTemplate
from ingest.channels.replies import prompt
from ingest.channels.settings import Callback
from ingest.channels.texts import MOST_SMS_PARTS, sms_parts


class SmsChannel:
    """Sends the text with its link; the title stays behind, a text message has none.

    Where the vendor passes answers on, one is asked for, unless that would make the message a part too long.
    """

    def __init__(self, vendor: HttpTemplate, callback: Callback | None = None) -> None:
        self._vendor = vendor
        self._callback = callback

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Send the notice; see `Channel`."""
        number = telephone(notice.address)
        if number is None:
            return Rejected("sms: the address is not a telephone number", wrong_address=True)
        text = notice.text_with_link
        if notice.asks and self._callback is not None and self._callback.sender_field:
            goes, cannot = self._callback.goes, self._callback.cannot
            asking = f"{text} {prompt('sms', goes, cannot, notice.language, notice.asks)}"
            text = asking if sms_parts(asking) <= MOST_SMS_PARTS else text
        return await self._vendor.send(notice, number, text)
