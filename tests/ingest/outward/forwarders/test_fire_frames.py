"""GB/T 26875.3 frames: bytes written by hand from the standard's table (6.6, 8.2), and a foreign project's."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.outward.forwarders.gbt26875 import (
    CONFIRM,
    SEND,
    FireFrame,
    FireFrameReader,
    component_state,
    description,
    time_label,
    write,
)

# GB/T 26875.3-2011, 6.6: start, serial, version, time, source, target, length, command, unit, sum, end.
# The unit is 8.3.1.2: type 2, one object, system type 1, system address, component 40, address, state, text, time.
ALARM = bytes.fromhex(
    "4040"
    "0500"  # serial 5, low byte first
    "0100"  # main version 1, user version 0
    "1E050B180B1A"  # 30 s, 5 min, 11 h, the 24th, November, 26
    "010000000000"  # source 1
    "0F0E0D0C0B0A"  # target 0x0A0B0C0D0E0F
    "3000"  # 48 bytes follow
    "02"  # send
    "0201"  # state of components, one of them
    "01"  # fire alarm system
    "01"  # its address
    "28"  # smoke detector (40)
    "01000200"  # address 0x00020001
    "0300"  # bit 0 in normal service, bit 1 fire
    "312D3120BFCDCCFC"  # "1-1 客厅" in GB 18030
    "0000000000000000000000000000000000000000000000"
    "1E050B180B1A"
    "90"  # sum of all from the serial to here, added up by hand
    "2323"
)
CONFIRMED = bytes.fromhex("4040050001001E050B180B1A0F0E0D0C0B0A010000000000000003C02323")
NINGBO = datetime(2026, 11, 24, 11, 5, 30)


def test_an_alarm_is_written_as_the_standards_table_has_it() -> None:
    unit = component_state(1, 40, 0x00020001, state=3, text="1-1 客厅", at=NINGBO)
    frame = FireFrame(5, SEND, source=1, target=0x0A0B0C0D0E0F, unit=unit, sent_at=time_label(NINGBO))
    assert write(frame).hex() == ALARM.hex()


def test_a_component_reads_as_in_a_foreign_project() -> None:
    # test bytes of github.com/shootingfans/codec_gb26875_3_2011: an alarm device of system 1/2, "7楼02室会议室烟感"
    theirs = bytes.fromhex(
        "020101027901020304040237C2A53032CAD2BBE1D2E9CAD2D1CCB8D0"
        "0000000000000000000000000000040009020715"
    )  # fmt: skip
    ours = component_state(
        2, 0x79, 0x04030201, state=0x0204, text="7楼02室会议室烟感", at=datetime(2021, 7, 2, 9, 0, 4)
    )
    assert ours.hex() == theirs.hex()


def test_a_confirmation_is_understood() -> None:
    (frame,) = FireFrameReader().feed(CONFIRMED)
    assert (frame.serial, frame.command, frame.source, frame.target, frame.unit) == (5, CONFIRM, 0x0A0B0C0D0E0F, 1, b"")


@pytest.mark.parametrize("cut", [1, 2, 5, 24, 26, 29])
def test_a_frame_may_come_in_pieces_and_among_noise(cut: int) -> None:
    reader = FireFrameReader()
    stream = b"\x00@\xff" + CONFIRMED + b"@@\x01" + ALARM
    found = [*reader.feed(stream[:cut]), *reader.feed(stream[cut:])]
    # the stray "@@\x01" in front of the alarm looks like a frame of which more must come
    found += reader.feed(bytes(2000))
    assert [frame.command for frame in found] == [CONFIRM, SEND]


@pytest.mark.parametrize("at", [2, 12, 26, 28])
def test_a_spoilt_frame_says_nothing_and_the_next_one_is_heard(at: int) -> None:
    spoilt = CONFIRMED[:at] + bytes((CONFIRMED[at] ^ 0x10,)) + CONFIRMED[at + 1 :]
    reader = FireFrameReader()
    assert [frame.serial for frame in [*reader.feed(spoilt), *reader.feed(CONFIRMED)]] == [5]


def test_a_description_is_cut_between_two_characters() -> None:
    text = "海曙区月湖街道偃月社区迎凤小区三幢二单元401室"
    cut = description(text)
    assert len(cut) == 31
    assert text.startswith(cut.rstrip(b"\x00").decode("gb18030"))
    assert cut == (text[:15].encode("gb18030") + b"\x00")


@given(st.binary(max_size=300))
def test_whatever_comes_is_no_reason_to_fall_over(data: bytes) -> None:
    assert all(len(frame.unit) <= 1024 for frame in FireFrameReader().feed(data))
