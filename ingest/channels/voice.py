"""Voice: a call that reads the notice out, through whichever vendor the settings describe."""

from __future__ import annotations

from ingest.channels.addresses import telephone
from ingest.channels.contract import Delivery, OutgoingNotice, Rejected
from ingest.channels.http_template import HttpTemplate
from ingest.channels.replies import prompt
from ingest.channels.settings import Callback


class VoiceChannel:
    """Has the text read out, without the link; where the vendor tells us digits, the person is asked for one."""

    def __init__(self, vendor: HttpTemplate, callback: Callback | None = None) -> None:
        self._vendor = vendor
        self._callback = callback

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Call with the notice; see `Channel`."""
        number = telephone(notice.address)
        if number is None:
            return Rejected("voice: the address is not a telephone number", wrong_address=True)
        spoken = notice.spoken
        if notice.asks and self._callback is not None:
            goes, cannot = self._callback.goes, self._callback.cannot
            spoken += " " + prompt("voice", goes, cannot, notice.language, notice.asks)
        return await self._vendor.send(notice, number, spoken)
