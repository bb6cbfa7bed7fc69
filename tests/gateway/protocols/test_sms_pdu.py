"""SMS PDUs against foreign ones: the tests of python-gsm and python-gsmmodem, a field log, and TS 23.040 by hand."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from gateway.protocols.sms_pdu import PduError, SmsMessage, deliver, read_deliver, read_submit, submit

HELLO = "0011000D91683118140276F80008A70A00680065006C006C006F"
"""python-gsm, gsm/test/test_gsm0705.py: CMG_SEND, announced as 25 bytes, valid for 24 hours."""


def test_a_message_is_written_as_a_foreign_library_writes_it() -> None:
    (part,) = submit("+8613814120678", "hello", 0, validity=0xA7)
    assert (part.length, part.hex_text) == (25, HELLO)


def test_a_foreign_message_on_its_way_out_is_read() -> None:
    assert read_submit(HELLO) == SmsMessage("+8613814120678", "hello")


@pytest.mark.parametrize(
    ("number", "field"),
    [
        ("+9876543210", "0A918967452301"),  # python-gsmmodem, TestSmsPduAddressFields
        ("+987654321", "099189674523F1"),
        ("+27829135934", "0B917228195339F4"),
        ("10086", "05810180F6"),  # TS 23.040 9.1.2.5: 81 is an unknown type in the telephone numbering plan
    ],
)
def test_numbers_are_written_as_semi_octets(number: str, field: str) -> None:
    (part,) = submit(number, "x", 0)
    assert part.hex_text[6 : 6 + len(field)] == field


def test_a_long_text_goes_in_parts_that_a_phone_joins() -> None:
    text = "烟" * 71
    first, second = submit("+8613800138000", text, 0x5A)
    # 00 no service centre, 51 submit + validity + header, 00 reference by the modem, address, 00 08 UCS-2, 0B one hour,
    # 8C = 140 bytes: header 05 00 03 5A 02 01 and 67 signs (70DF)
    assert first.hex_text == "0051000D91683108108300F000080B8C" + "0500035A0201" + "70DF" * 67
    assert second.hex_text == "0051000D91683108108300F000080B0E" + "0500035A0202" + "70DF" * 4
    assert first.length == len(first.hex_text) // 2 - 1
    assert read_submit(first.hex_text) == SmsMessage("+8613800138000", "烟" * 67, 0x5A, 1, 2)


def test_seventy_signs_go_whole_and_a_sign_of_two_units_is_not_torn() -> None:
    assert len(submit("+8613800138000", "烟" * 70, 1)) == 1
    parts = submit("+8613800138000", "x" * 66 + "🔥" + "y" * 10, 1)
    texts = [read_submit(part.hex_text).text for part in parts]
    assert texts == ["x" * 66, "🔥" + "y" * 10]


@pytest.mark.parametrize(
    ("pdu", "message"),
    [
        # python-gsm, test_read_simple: seven-bit letters
        (
            "0891683108200505F0040D91683118140276F800004111502164332309F0BA7B8C66C55832",
            SmsMessage("+8613814120678", "punch,1,2"),
        ),
        # a modem's log, in a public collection of tools: UCS-2, 963F 62C9
        (
            "0891683108200505F0240D91683129413485F700086080404123510004963F62C9",
            SmsMessage("+8613921443587", "阿拉"),
        ),
    ],
)
def test_messages_of_real_networks_are_read(pdu: str, message: SmsMessage) -> None:
    assert read_deliver(pdu) == message


def test_what_a_simulated_phone_answers_is_read() -> None:
    assert read_deliver(deliver("+8613800138000", "1")) == SmsMessage("+8613800138000", "1")


@pytest.mark.parametrize("number", ["", "12", "vera", "+86 138", "1" * 16, "138-0013"])
def test_what_is_no_number_is_refused_without_repeating_it(number: str) -> None:
    with pytest.raises(PduError) as caught:
        submit(number, "x", 0)
    assert not number or number not in str(caught.value)


def test_any_bytes_are_a_message_or_an_error_and_never_anything_else() -> None:
    chance = random.Random(7)
    good = bytes.fromhex("0891683108200505F0040D91683118140276F800004111502164332309F0BA7B8C66C55832")
    for _ in range(5000):
        data = bytearray(good[: chance.randint(0, len(good))])
        for _ in range(chance.randint(0, 3)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        for read in (read_deliver, read_submit):
            with suppress(PduError):
                read(data.hex())
    for odd in ("no hex", "", "00", "0051000D91683108108300F000080B00", "0051000D91683108108300F000080B0105"):
        with pytest.raises(PduError):
            read_submit(odd)
