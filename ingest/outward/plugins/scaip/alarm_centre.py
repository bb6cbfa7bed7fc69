"""Alarm centre: SCAIP messages over SIP, each answered by the centre's own message with a status."""

from __future__ import annotations

import asyncio
import secrets

from ingest.channels.contract import Delivered, Delivery, Rejected, Unreachable
from ingest.outward.forwarders.contract import Forward
from ingest.outward.forwarders.settings import PeerAddress
from ingest.outward.plugins.scaip.scaip_xml import CONTENT_TYPE, ScaipAnswer, read_answer, ref_of, request
from ingest.outward.plugins.scaip.settings import ScaipSettings
from ingest.outward.plugins.scaip.sip import MTU_SAFE, Resends, SipMessage, message_request, response_to
from ingest.outward.plugins.scaip.sip_transport import DatagramLine, SipLine, StreamLine

_TRY_AGAIN = frozenset({408, 429, 480, 486, 491})
"""Answers of a SIP peer that say nothing about the message itself."""
_TEXT_LENGTHS = (128, 64, 32, 0)


class AlarmCentre:
    """One line to the centre. What the centre sends by itself is answered; its verdicts are kept by their reference."""

    def __init__(self, settings: ScaipSettings, line: PeerAddress) -> None:
        self._settings = settings
        self._line: SipLine
        if settings.transport == "udp":
            self._line = DatagramLine(line, (settings.local_host, settings.local_port), self._heard)
        else:
            self._line = StreamLine(line, self._heard)
        self._tag = secrets.token_hex(6)
        self._responses: dict[str, asyncio.Queue[SipMessage]] = {}
        self._verdicts: dict[str, asyncio.Future[ScaipAnswer]] = {}

    async def send(self, forward: Forward) -> Delivery:
        """Send the event and wait for the centre's verdict; see `Forwarder`."""
        host = self._settings.host
        ref = ref_of(forward.key)
        verdict: asyncio.Future[ScaipAnswer] = asyncio.get_running_loop().create_future()
        self._verdicts[ref] = verdict
        try:
            response = await self._transact(forward)
            if isinstance(response, str):
                return Unreachable(f"{host}: {response}")
            refused = _refused(response)
            if refused is not None:
                again = response.status in _TRY_AGAIN or (response.status or 0) // 100 == 5
                return Unreachable(f"{host}: {refused}") if again else Rejected(f"{host}: {refused}")
            return await self._verdict(ref, response, verdict)
        except OSError as error:
            return Unreachable(f"{host}: {type(error).__name__}")
        finally:
            del self._verdicts[ref]

    async def _verdict(self, ref: str, response: SipMessage, verdict: asyncio.Future[ScaipAnswer]) -> Delivery:
        host = self._settings.host
        answer = read_answer(response.body.decode(errors="replace"))
        if answer is None and self._settings.answer == "accepted":
            return Delivered(ref)
        if answer is None:
            try:
                async with asyncio.timeout(self._settings.answer_within_s):
                    answer = await verdict
            except TimeoutError:
                return Unreachable(f"{host}: took it, and did not say what became of it")
        if answer.is_well:
            return Delivered(ref)
        said = f"{host}: SCAIP status {answer.status}"
        return Unreachable(said) if answer.asks_again else Rejected(said)

    async def _transact(self, forward: Forward) -> SipMessage | str:
        """Send a request until a final response comes, by RFC 3261, 17.1.2; return it, or why there is none."""
        try:
            async with asyncio.timeout(self._settings.answer_within_s):
                via = await self._line.open()
        except TimeoutError:
            return "no connection in time"
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        data = self._request(forward, via, branch)
        heard: asyncio.Queue[SipMessage] = asyncio.Queue()
        self._responses[branch] = heard
        resends = Resends(self._line.reliable, self._settings.t1_s)
        try:
            while (wait := resends.next_wait()) is not None:
                self._line.write(data)
                final = await _final(heard, wait, resends)
                if final is not None:
                    return final
        finally:
            del self._responses[branch]
        self._line.close()
        return "no response"

    def _request(self, forward: Forward, via: str, branch: str) -> bytes:
        settings = self._settings
        call_id, tag = f"{secrets.token_hex(8)}@linshe", secrets.token_hex(4)
        data = b""
        for at_most in _TEXT_LENGTHS:
            body = request(forward, settings.controller_id, settings.language, at_most).encode()
            data = message_request(
                target=settings.target,
                sender=settings.sender,
                via=via,
                branch=branch,
                call_id=call_id,
                tag=tag,
                content_type=CONTENT_TYPE,
                body=body,
            )
            if self._line.reliable or len(data) <= MTU_SAFE:
                break
        return data

    def _heard(self, message: SipMessage) -> None:
        if message.status is not None:
            waiting = self._responses.get(message.branch)
            if waiting is not None and message.method == "MESSAGE":
                waiting.put_nowait(message)
            return
        if message.method == "MESSAGE":
            self._line.write(response_to(message, 200, "OK", self._tag))
            self._note(read_answer(message.body.decode(errors="replace")))
        elif message.method == "OPTIONS":
            self._line.write(response_to(message, 200, "OK", self._tag))
        elif message.method != "ACK":
            self._line.write(response_to(message, 405, "Method Not Allowed", self._tag))

    def _note(self, answer: ScaipAnswer | None) -> None:
        waiting = None if answer is None else self._verdicts.get(answer.ref)
        if waiting is not None and answer is not None and not waiting.done():
            waiting.set_result(answer)

    async def close(self) -> None:
        """Put the line away."""
        self._line.close()


async def _final(heard: asyncio.Queue[SipMessage], wait_s: float, resends: Resends) -> SipMessage | None:
    """Return the final response that comes within `wait_s`, None where none does; a 1xx slows the resends."""
    try:
        async with asyncio.timeout(wait_s):
            while True:
                response = await heard.get()
                if (response.status or 0) >= 200:
                    return response
                resends.provisional()
    except TimeoutError:
        return None


def _refused(response: SipMessage) -> str | None:
    status = response.status or 0
    return None if 200 <= status < 300 else f"SIP {status}"
