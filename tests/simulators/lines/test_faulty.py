"""Each fault of a line does what it says, and a line without faults changes nothing."""

from __future__ import annotations

import pytest

from simulators.lines.faulty import FaultyLine, LineFaults, Piece, collide

FRAME = bytes(range(1, 41))


def carried(faults: LineFaults, times: int = 200) -> list[list[Piece]]:
    line = FaultyLine(faults, "seed")
    return [line.carry(FRAME) for _ in range(times)]


def joined(pieces: list[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


def test_a_perfect_line_carries_a_frame_whole_at_once_and_without_echo() -> None:
    assert carried(LineFaults(), 1) == [[Piece(0.0, FRAME)]]
    assert FaultyLine(LineFaults(), "seed").echo(FRAME) == b""


def test_the_same_seed_gives_the_same_trouble() -> None:
    bad = LineFaults(noise=0.3, split=0.3, drop=0.3, delay=0.3, collision=0.3)
    assert carried(bad) == carried(bad)


def test_echo_gives_the_master_its_own_words() -> None:
    assert FaultyLine(LineFaults(echo=True), "seed").echo(FRAME) == FRAME


def test_noise_comes_before_the_frame_and_leaves_it_whole() -> None:
    heard = [joined(pieces) for pieces in carried(LineFaults(noise=1.0))]
    assert all(one.endswith(FRAME) and 1 <= len(one) - len(FRAME) <= 6 for one in heard)


def test_split_changes_no_byte() -> None:
    parts = carried(LineFaults(split=1.0))
    assert all(joined(pieces) == FRAME and len(pieces) >= 8 for pieces in parts)
    assert all(piece.pause_s > 0 for pieces in parts for piece in pieces[1:])


def test_drop_loses_bytes_and_may_lose_all() -> None:
    heard = [joined(pieces) for pieces in carried(LineFaults(drop=1.0), times=10_000)]
    assert all(len(one) < len(FRAME) for one in heard)
    assert any(not one for one in heard)


def test_delay_is_no_longer_than_told() -> None:
    pauses = [pieces[0].pause_s for pieces in carried(LineFaults(delay=1.0, delay_s=0.25))]
    assert 0 < max(pauses) <= 0.25
    assert len(set(pauses)) > 100


def test_in_a_collision_a_zero_beats_a_one() -> None:
    heard = [joined(pieces) for pieces in carried(LineFaults(collision=1.0))]
    assert all(len(one) == len(FRAME) and all(a & b == a for a, b in zip(one, FRAME, strict=True)) for one in heard)
    assert all(one != FRAME for one in heard)


def test_meters_that_speak_at_once_are_heard_as_one_garbled_frame() -> None:
    assert collide([b"\x0f\xff", b"\xf3\x10\x55"]) == b"\x03\x10\x55"
    assert collide([FRAME]) == FRAME


def test_chances_follow_the_number_told() -> None:
    hits = sum(joined(pieces) != FRAME for pieces in carried(LineFaults(noise=0.25), times=4000))
    assert 0.2 < hits / 4000 < 0.3


@pytest.mark.parametrize("name", ["noise", "split", "drop", "delay", "collision"])
@pytest.mark.parametrize("chance", [-0.1, 1.1])
def test_a_chance_outside_zero_to_one_is_refused(name: str, chance: float) -> None:
    with pytest.raises(ValueError, match=f"{name} = "):
        LineFaults(**{name: chance})


def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="delay_s"):
        LineFaults(delay_s=-1)
