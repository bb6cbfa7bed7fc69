"""Text messages through a modem on a real pseudo terminal, and everything that can be wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.links.serial_port import SerialLink
from gateway.local_alarm.contract import Delivery, Matter, NotTold, Recipient, TextReply
from gateway.local_alarm.modem import ModemWay, Patience
from gateway.local_alarm.on_call import OnCall
from tests.gateway.local_alarm.conftest import Stick, alarm

VERA = Recipient("modem", "vera", "+8613800000001")
VIKTOR = Recipient("modem", "viktor", "+8613800000002")


def way(stick: Stick, language: str = "zh", pin: str | None = None) -> ModemWay:
    quick = Patience(answer_s=1.0, network_s=0.5, sending_s=1.0)
    on_call = OnCall((VERA, VIKTOR), lambda: None)
    return ModemWay(SerialLink("modem", str(stick.port), 115_200, "N"), on_call, language, pin, quick)


@pytest.mark.parametrize("echo", [True, False])
@pytest.mark.parametrize("knows_lte", [True, False])
async def test_a_message_is_told_when_the_network_has_confirmed_it(stick: Stick, echo: bool, knows_lte: bool) -> None:
    stick.modem.echo, stick.modem.knows_lte = echo, knows_lte
    stick.modem.noise = b'\r\n^RSSI: 17\r\n\r\n+CMTI: "SM",0\r\n'
    assert await way(stick).tell(alarm(), VERA, Matter.ALARM) == Delivery()
    (sent,) = stick.modem.sent
    assert sent.number == VERA.address
    assert sent.text == "【邻舍】3-502：烟雾报警。（03:12）平台不通，请马上去看。去的请回复1。"
    assert len(sent.text) <= 70, "one part, as a phone shows it at once"


async def test_english_goes_in_two_parts_and_the_second_is_not_forgotten(stick: Stick) -> None:
    assert await way(stick, "en").tell(alarm(), VERA, Matter.ALARM) == Delivery()
    assert [(one.part, one.parts) for one in stick.modem.sent] == [(1, 2), (2, 2)]
    whole = "".join(one.text for one in stick.modem.sent)
    assert whole.startswith("Linshe, 3-502: Smoke alarm. (03:12) The service can't be reached")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no SIM card": ({"has_sim": False}, "no SIM card"),
    "a PIN that nobody gave": ({"pin": "1234"}, "pin_file"),
    "registration lost": ({"registered": False}, "not registered"),
    "the network refuses": ({"refusals": [38]}, "the network is out of order"),
    "taken, but never confirmed": ({"refusals": [0]}, "does not answer"),
    "a modem that hangs": ({"mute": True}, "does not answer"),
}


@pytest.mark.parametrize("case", FAULTS)
async def test_what_is_wrong_is_said_and_once_it_is_mended_the_message_goes(stick: Stick, case: str) -> None:
    wrong, words = FAULTS[case]
    for name, value in wrong.items():
        setattr(stick.modem, name, value)
    sender = way(stick)
    result = await sender.tell(alarm(), VERA, Matter.ALARM)
    assert isinstance(result, NotTold)
    assert words in result.reason
    assert VERA.address[1:] not in result.reason
    stick.modem.has_sim = stick.modem.registered = True
    stick.modem.mute, stick.modem.pin, stick.modem.refusals = False, None, []
    assert await sender.tell(alarm(), VERA, Matter.ALARM) == Delivery()
    assert await sender.check() is None


async def test_a_pin_unlocks_the_card(stick: Stick) -> None:
    stick.modem.pin = "0042"
    assert await way(stick, pin="0042").tell(alarm(), VERA, Matter.ALARM) == Delivery()


async def test_a_wrong_pin_is_tried_once_and_never_again(stick: Stick) -> None:
    stick.modem.pin = "0042"
    sender = way(stick, pin="1111")
    for _ in range(4):
        assert isinstance(await sender.tell(alarm(), VERA, Matter.ALARM), NotTold)
    assert stick.modem.wrong_pins == 1, "the third wrong PIN locks a card"


async def test_a_modem_that_is_not_there_is_said(stick: Stick, tmp_path: Any) -> None:
    gone = ModemWay(
        SerialLink("modem", str(tmp_path / "nothing"), 115_200, "N"), OnCall((VERA,), lambda: None), "zh", None
    )
    result = await gone.tell(alarm(), VERA, Matter.ALARM)
    assert isinstance(result, NotTold)
    assert "is not there" in result.reason


async def test_answers_of_people_on_call_are_heard_and_others_are_not(stick: Stick) -> None:
    stick.modem.mailbox = [("13800000002", "1"), ("+8613999999999", "1"), ("+8613800000001", "好")]
    sender = way(stick)
    assert await sender.replies() == [TextReply("viktor", "1"), TextReply("vera", "好")]
    assert await sender.replies() == []
