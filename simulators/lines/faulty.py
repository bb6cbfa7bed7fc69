"""Faulty: what a bad line does to bytes. Pure and seeded; it knows no protocol and no port."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class LineFaults:
    """How bad a line is. Chances are per frame, from 0 to 1; the default is a perfect line."""

    echo: bool = False
    """The master hears its own words, as behind a cheap two-wire adapter."""
    noise: float = 0.0
    """Random bytes before the frame."""
    split: float = 0.0
    """The frame comes in small pieces with pauses."""
    drop: float = 0.0
    """Some bytes in the middle are lost."""
    delay: float = 0.0
    """The answer comes late, by up to `delay_s`."""
    delay_s: float = 0.5
    collision: float = 0.0
    """Somebody else speaks at the same time: on the wires a 0 beats a 1."""

    def __post_init__(self) -> None:
        for name in ("noise", "split", "drop", "delay", "collision"):
            chance = getattr(self, name)
            if not 0 <= chance <= 1:
                raise ValueError(f"{name} = {chance}: a chance per frame lies between 0 and 1")
        if self.delay_s < 0:
            raise ValueError(f"delay_s = {self.delay_s}: a delay can't be negative")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that arrive together, `pause_s` after the piece before."""

    pause_s: float
    data: bytes


class FaultyLine:
    """One line with its faults; the same seed and the same traffic give the same trouble."""

    def __init__(self, faults: LineFaults, seed: str) -> None:
        self._faults = faults
        self._rng = Random(f"{seed}/line")  # noqa: S311 - a play, not a secret

    def echo(self, data: bytes) -> bytes:
        """Return what the master hears of its own request."""
        return data if self._faults.echo else b""

    def carry(self, frame: bytes) -> list[Piece]:
        """Return the pieces in which a meter's frame reaches the master, if any of it does."""
        data = frame
        if self._hit(self._faults.collision):
            data = bytes(byte & other for byte, other in zip(data, self._rng.randbytes(len(data)), strict=True))
        if self._hit(self._faults.drop):
            start = self._rng.randrange(len(data))
            data = data[:start] + data[start + self._rng.randint(1, len(data)) :]
        if self._hit(self._faults.noise):
            data = self._rng.randbytes(self._rng.randint(1, 6)) + data
        pause = self._rng.uniform(0, self._faults.delay_s) if self._hit(self._faults.delay) else 0.0
        if not data:
            return []
        if self._hit(self._faults.split):
            return self._split(data, pause)
        return [Piece(pause, data)]

    def _split(self, data: bytes, pause: float) -> list[Piece]:
        pieces = []
        while data:
            size = self._rng.randint(1, 5)
            pieces.append(Piece(pause, data[:size]))
            data, pause = data[size:], self._rng.uniform(0.001, 0.01)
        return pieces

    def _hit(self, chance: float) -> bool:
        return chance > 0 and self._rng.random() < chance


def collide(frames: list[bytes]) -> bytes:
    """Return what is heard when several meters speak at once: on the wires a 0 beats a 1."""
    heard = bytearray(b"\xff" * max((len(frame) for frame in frames), default=0))
    for frame in frames:
        for index, byte in enumerate(frame):
            heard[index] &= byte
    return bytes(heard)
