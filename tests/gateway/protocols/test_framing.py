"""The framer: in whatever pieces bytes come, each ends up in a frame or in a diagnostic, in the order of the line."""

from __future__ import annotations

from gateway.protocols import cjt188, dlt645
from gateway.protocols.framing import NOISE_LIMIT, Code, Diagnostic

VOLTAGE = bytes.fromhex("68 43 10 00 11 34 00 68 91 06 33 34 34 35 CA 55 EE 16")
WATER = bytes.fromhex("68 10 44 33 22 11 00 33 78 01 03 1F 90 00 80 16")


def codes(events: list[dlt645.Frame | Diagnostic] | list[cjt188.Frame | Diagnostic]) -> list[str]:
    return [event.code.value if isinstance(event, Diagnostic) else "frame" for event in events]


def test_a_false_start_that_swallows_a_good_frame_gives_it_back_when_the_line_falls_silent() -> None:
    framer = cjt188.framer()
    assert framer.feed(b"\x68\x10\x44" + WATER) == []
    assert codes(framer.quiet()) == ["truncated", "frame"]


def test_wake_up_bytes_are_no_noise() -> None:
    framer = dlt645.framer()
    assert codes(framer.feed(b"\xfe" * 4 + VOLTAGE + b"\xfe" * 4 + VOLTAGE)) == ["frame", "frame"]
    assert framer.feed(b"\xfe\xfe") == []
    assert framer.quiet() == []


def test_offsets_count_from_the_first_byte_ever_fed() -> None:
    framer = dlt645.framer()
    framer.feed(VOLTAGE)
    framer.feed(b"\xfe\xfe")
    broken = VOLTAGE[:-2] + b"\xef\x16"
    (event,) = framer.feed(broken)
    assert isinstance(event, Diagnostic)
    assert (event.code, event.offset, event.raw) == (Code.CHECKSUM, len(VOLTAGE) + 2 + 16, broken)


def test_noise_without_end_is_told_in_pieces_and_never_piles_up() -> None:
    framer = dlt645.framer()
    told = 0
    for _ in range(100):
        told += sum(len(event.raw) for event in framer.feed(b"\x55" * 100))
    assert told >= 10_000 - NOISE_LIMIT - 100
    assert told + sum(len(event.raw) for event in framer.quiet()) == 10_000


def test_two_broken_frames_give_two_diagnostics() -> None:
    broken = VOLTAGE[:-2] + b"\xef\x16"
    assert codes(dlt645.framer().feed(broken + broken + VOLTAGE)) == ["checksum", "checksum", "frame"]


def test_silence_on_an_empty_line_says_nothing() -> None:
    framer = dlt645.framer()
    assert framer.quiet() == []
    assert framer.feed(b"") == []


def test_a_torn_frame_whose_splice_has_a_true_sum_by_chance_does_not_hide_the_frame_behind_it() -> None:
    """Found by the battery on a recorded frame: cut after 24 bytes and begun again, the first 35 have a true sum."""
    frame = bytes.fromhex(
        "68 10 88 05 27 10 15 20 00 81 16 90 1F 01 00 00 00 00 2C 00 00 00 00 2C 06 20 17 09 01 17 20 00 00 8E 16"
    )
    spliced = frame[:24] + frame
    assert (sum(spliced[:33]) - spliced[33]) % 256 == 0
    assert spliced[34] == 0x16
    events = cjt188.framer().feed(spliced)
    assert codes(events) == ["truncated", "frame"]
    assert events[1] == cjt188.framer().feed(frame)[0]
