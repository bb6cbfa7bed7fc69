"""A pty line opens like a serial port under a stable name, survives who opens it, and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import serial

from simulators.lines.pty import PtyLine


def open_files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - descriptors are no files


def test_bytes_pass_both_ways_unchanged(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "lines" / "line-1")
    every_byte = bytes(range(256))
    try:
        with serial.Serial(str(line.path), 2400, timeout=30) as port:
            port.write(every_byte)
            port.flush()
            assert line.read() == every_byte
            line.write(every_byte)
            assert port.read(256) == every_byte
    finally:
        line.close()


def test_the_line_survives_a_gateway_that_comes_and_goes(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "line-1")
    try:
        for word in (b"first", b"second"):
            with serial.Serial(str(line.path), 2400, timeout=30, exclusive=True) as port:
                port.write(word)
                port.flush()
                assert line.read() == word
        assert line.read() == b""
    finally:
        line.close()


def test_a_stale_name_is_taken_over_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "line-1"
    path.symlink_to("/dev/pts/nowhere")
    line = PtyLine(path)
    assert path.resolve().exists()
    line.close()
    assert not path.is_symlink()


def test_closing_gives_every_descriptor_back(tmp_path: Path) -> None:
    before = open_files()
    PtyLine(tmp_path / "line-1").close()
    assert open_files() == before


def test_what_nobody_reads_is_lost_and_does_not_block(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "line-1")
    try:
        written = sum(line.write(b"x" * 1000) for _ in range(200))
        assert 0 < written < 200_000
    finally:
        line.close()


def test_a_place_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        PtyLine(tmp_path / "file" / "line-1")
