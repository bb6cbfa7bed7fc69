"""Tearing: what a power cut in mid-write, or a worn card, leaves of a SQLite file and its log. Pure.

A power cut takes only what no commit has promised yet: the end of the log behind the newest commit, and pages of the
file itself that a checkpoint was writing, of which the log still holds the sound copy. A worn card takes anything.
Layout: https://www.sqlite.org/fileformat2.html, clauses 1.2 and 4.1.
"""

from __future__ import annotations

import struct
from random import Random

_HEAD, _FRAME = 32, 24
_BIG_ENDIAN = 0x377F0683


def committed_end(log: bytes) -> tuple[int, dict[int, int]]:
    """Return where the newest commit of the log ends, and where in it the newest copy of each page begins."""
    if len(log) < _HEAD:
        return 0, {}
    magic, _, size, _ = struct.unpack(">4I", log[:16])
    salt, sums = log[16:24], struct.unpack(">2I", log[24:32])
    order = ">" if magic == _BIG_ENDIAN else "<"
    end, pages, pending = _HEAD, dict[int, int](), dict[int, int]()
    place = _HEAD
    while place + _FRAME + size <= len(log):
        head = log[place : place + _FRAME]
        page, commit = struct.unpack(">2I", head[:8])
        sums = _sums(order, sums, head[:8] + log[place + _FRAME : place + _FRAME + size])
        if head[8:16] != salt or struct.unpack(">2I", head[16:24]) != sums:
            break
        pending[page] = place + _FRAME
        place += _FRAME + size
        if commit:
            end, pages, pending = place, {**pages, **pending}, {}
    return end, pages


def _sums(order: str, sums: tuple[int, ...], data: bytes) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def cut_power(rng: Random, file: bytes, log: bytes) -> tuple[bytes, bytes]:
    """Return file and log as they may lie on the disk when the power goes while the next commit is being written."""
    end, pages = committed_end(log)
    size = struct.unpack(">I", log[8:12])[0] if pages else 0
    torn = bytearray(file)
    for page in rng.sample(sorted(pages), min(len(pages), rng.randint(0, 3))):
        start, part = (page - 1) * size, rng.randrange(0, size, 512)
        if start + size <= len(torn) and page > 1:  # half of it is new, half is old, and a sector is neither
            copy = pages[page]
            torn[start : start + part] = log[copy : copy + part]
            torn[start + part : start + part + 512] = rng.randbytes(512)
    tail = rng.randbytes(rng.randint(0, 9000))
    if end and rng.random() < 0.5:  # a frame of the commit that never came to its end
        tail = log[_HEAD : _HEAD + rng.randint(1, max(1, min(9000, end - _HEAD)))]
    return bytes(torn), log[:end] + (tail if end else b"")


def wear_out(rng: Random, file: bytes, page: int = 4096) -> bytes:
    """Return the file with one to four of its pages unreadable or gone, as from a card at its end."""
    torn = bytearray(file)
    pages = max(1, len(torn) // page)
    if rng.random() < 0.3 and pages > 2:
        return bytes(torn[: rng.randrange(page, len(torn))])
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(pages) * page
        torn[start : start + page] = bytes(page) if rng.random() < 0.5 else rng.randbytes(page)
    return bytes(torn)
