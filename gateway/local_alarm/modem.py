"""Modem: text messages through a GSM stick on a serial port. Told means that the network has confirmed with +CMGS."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.links.contract import Link, LinkDownError
from gateway.local_alarm.contract import Delivery, LocalAlarm, Matter, NotTold, Recipient, TextReply
from gateway.local_alarm.on_call import WAY, OnCall
from gateway.local_alarm.words import words_of
from gateway.protocols import sms_pdu
from gateway.protocols.at_modem import GIVE_UP, SEND, FromModem, ModemLine, ModemReader, Prompt, Result

log = logging.getLogger(__name__)

_REGISTERED = frozenset({"1", "5"})
"""`+CREG` of TS 27.007 7.2: at home, roaming."""
_LOOKS = 10
"""How often the network is looked for before it counts as missing."""


class ModemError(RuntimeError):
    """The modem can't send now; the message says why, without any number."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a modem may take, in seconds."""

    answer_s: float = 5.0
    network_s: float = 20.0
    """To find the network after its start."""
    sending_s: float = 60.0
    """For a message; networks are allowed to be slow."""


class ModemWay:
    """Text messages to the people on call."""

    name = WAY

    def __init__(
        self, link: Link, on_call: OnCall, language: str, pin: str | None, patience: Patience | None = None
    ) -> None:
        self._link = link
        self._on_call = on_call
        self._language = language
        self._pin = pin
        self._pin_refused = False
        self._patience = patience or Patience()
        self._reader = ModemReader()
        self._heard: list[FromModem] = []
        self._reference = 0
        self._one_at_a_time = asyncio.Lock()

    def recipients(self, alarm: LocalAlarm) -> Sequence[Recipient]:
        """Everybody on call now, whatever the alarm."""
        return self._on_call.people()

    async def tell(self, alarm: LocalAlarm, recipient: Recipient, matter: Matter) -> Delivery | NotTold:
        """Send one text message, in as many parts as it needs."""
        self._reference = self._reference % 255 + 1
        try:
            parts = sms_pdu.submit(recipient.address, words_of(alarm, matter, self._language), self._reference)
        except sms_pdu.PduError as error:
            return NotTold(str(error))
        async with self._one_at_a_time:
            try:
                await self._ready()
                for part in parts:
                    await self._send(part)
            except (ModemError, LinkDownError) as error:
                return NotTold(str(error))
            finally:
                self._link.close()
        return Delivery()

    async def check(self) -> str | None:
        """Open the modem and see whether it could send."""
        async with self._one_at_a_time:
            try:
                await self._ready()
            except (ModemError, LinkDownError) as error:
                return str(error)
            finally:
                self._link.close()
        return None

    async def replies(self) -> Sequence[TextReply]:
        """Return text messages that have come since the last call, and take them off the SIM card."""
        async with self._one_at_a_time:
            try:
                await self._ready()
                lines = await self._ask("AT+CMGL=0", self._patience.network_s)
                await self._ask("AT+CMGD=1,1", self._patience.answer_s)
            except (ModemError, LinkDownError):
                return ()
            finally:
                self._link.close()
        found = []
        for head, pdu in pairwise(lines):
            if not head.startswith("+CMGL:"):
                continue
            try:
                message = sms_pdu.read_deliver(pdu)
            except sms_pdu.PduError as error:
                log.warning("a text message that came in can't be read: %s", error)
                continue
            person = _person_at(self._on_call.known(), message.number)
            if person is None:
                log.info("a text message came from a number that is not on call")
            else:
                found.append(TextReply(person, message.text))
        return found

    async def _ready(self) -> None:
        """Open the port and bring the modem to where it takes messages; raises `ModemError` or `LinkDownError`."""
        await self._link.open()
        self._reader, self._heard = ModemReader(), []
        self._link.discard()
        await self._wake()
        await self._ask("ATE0", self._patience.answer_s)
        await self._ask("AT+CMEE=1", self._patience.answer_s)
        await self._unlock()
        await self._find_network()
        await self._ask("AT+CMGF=0", self._patience.answer_s)

    async def _wake(self) -> None:
        """A modem that was left at its prompt, or that measures our speed, misses the first words."""
        await self._link.write(GIVE_UP)
        for again in (True, True, False):
            try:
                await self._ask("AT", self._patience.answer_s / 3)
            except ModemError:
                if not again:
                    raise
            else:
                return

    async def _unlock(self) -> None:
        state = _value(await self._ask("AT+CPIN?", self._patience.answer_s), "+CPIN:")
        if state == "READY":
            return
        if state != "SIM PIN":
            raise ModemError(f"the SIM card asks for {state or 'something'}; put it into a phone and unlock it")
        if self._pin is None:
            raise ModemError("the SIM card asks for its PIN; name it by pin_file, or switch it off in a phone")
        if self._pin_refused:
            raise ModemError("the PIN was refused and is not tried again: a third time would lock the card")
        try:
            await self._ask(f'AT+CPIN="{self._pin}"', self._patience.network_s)
        except ModemError:
            self._pin_refused = True
            raise

    async def _find_network(self) -> None:
        for _ in range(_LOOKS):
            if await self._is_registered("CREG") or await self._is_registered("CEREG"):
                return
            await asyncio.sleep(self._patience.network_s / _LOOKS)
        raise ModemError("no network: the modem is not registered; is there reception, is the card paid for?")

    async def _is_registered(self, what: str) -> bool:
        """Ask the old network or LTE; a modem that does not know the question is not registered there."""
        try:
            said = _value(await self._ask(f"AT+{what}?", self._patience.answer_s), f"+{what}:")
        except ModemError:
            return False
        state = said.split(",")[1:2] or [said]
        return state[0].strip() in _REGISTERED

    async def _send(self, part: sms_pdu.SmsPart) -> None:
        await self._write(f"AT+CMGS={part.length}")
        *_, asked = await self._until((Prompt, Result), self._patience.answer_s)
        if isinstance(asked, Result):
            raise ModemError(asked.reason or "the modem does not ask for the text")
        await self._link.write(part.hex_text.encode() + SEND)
        *lines, result = await self._until((Result,), self._patience.sending_s)
        confirmed = any(isinstance(line, ModemLine) and line.text.startswith("+CMGS:") for line in lines)
        if isinstance(result, Result) and not (result.ok and confirmed):
            raise ModemError(result.reason or "the network did not confirm the message")

    async def _ask(self, command: str, within_s: float) -> list[str]:
        """Give a command and return the lines of its answer, without the echo; raises `ModemError`."""
        await self._write(command)
        *said, result = await self._until((Result,), within_s)
        if isinstance(result, Result) and not result.ok:
            raise ModemError(result.reason)
        return [word.text for word in said if isinstance(word, ModemLine) and word.text != command]

    async def _until(self, kinds: tuple[type[FromModem], ...], within_s: float) -> list[FromModem]:
        """Return what the modem says, up to the first word of these kinds; raises `ModemError` when none comes."""
        said: list[FromModem] = []
        try:
            async with asyncio.timeout(within_s):
                while True:
                    while self._heard:
                        said.append(self._heard.pop(0))
                        if isinstance(said[-1], kinds):
                            return said
                    self._heard += self._reader.feed(await self._link.read(within_s))
        except TimeoutError as error:
            raise ModemError("the modem does not answer") from error

    async def _write(self, command: str) -> None:
        await self._link.write(command.encode("ascii") + b"\r")


def _value(lines: Sequence[str], name: str) -> str:
    return next((line.removeprefix(name).strip() for line in lines if line.startswith(name)), "")


def _person_at(recipients: Sequence[Recipient], address: str) -> str | None:
    """Return whose number an answer came from: networks write the same number with and without its country."""
    digits = address.removeprefix("+")
    for recipient in recipients:
        known = recipient.address.removeprefix("+")
        if known and digits and (known.endswith(digits[-11:]) or digits.endswith(known[-11:])):
            return recipient.person
    return None
