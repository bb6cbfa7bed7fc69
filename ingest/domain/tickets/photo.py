"""Photo: what somebody at the door may send us, checked by its bytes and freed of everything but the picture. Pure.

A phone writes where and when a photo was taken, with which device, often a second small picture and sometimes a film
into the same file. Only what is needed to show the picture is kept: its own data, its colours, which way is up.

JPEG: ITU-T T.81, annex B; Exif 2.3 (JEITA CP-3451) for the one field that is kept. PNG: W3C PNG (third edition).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum

LARGEST_PHOTO = 8 * 1024 * 1024
LONGEST_SIDE = 20_000
"""Pixels: more is no photo of a phone, and a picture that a browser can't unfold."""


class PhotoFault(StrEnum):
    """Why a photo is not kept."""

    TOO_LARGE = "too_large"
    NO_PHOTO = "no_photo"
    """Not a JPEG or PNG by its bytes, whatever it is called."""
    BROKEN = "broken"
    """It ends early, or its parts do not fit together."""
    TOO_MANY = "too_many"
    """The ticket has as many as it takes."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is kept; sizes in pixels."""

    media_type: str
    content: bytes
    width: int
    height: int


class _BrokenError(Exception):
    """The bytes are not what they say they are."""


def read_photo(data: bytes) -> Photo | PhotoFault:
    """Return the photo without anything that tells of place, time or device, or why it is refused."""
    if len(data) > LARGEST_PHOTO:
        return PhotoFault.TOO_LARGE
    try:
        if data.startswith(b"\xff\xd8\xff"):
            photo = _read_jpeg(data)
        elif data.startswith(_PNG):
            photo = _read_png(data)
        else:
            return PhotoFault.NO_PHOTO
    except (_BrokenError, struct.error, IndexError):
        return PhotoFault.BROKEN
    fits = 0 < photo.width <= LONGEST_SIDE and 0 < photo.height <= LONGEST_SIDE
    return photo if fits else PhotoFault.BROKEN


# ---- JPEG ---------------------------------------------------------------------------------------------------------
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_RESTARTS = frozenset(range(0xD0, 0xD8))
_ORIENTATION = 0x0112


def _read_jpeg(data: bytes) -> Photo:
    kept = bytearray()
    size: tuple[int, int] | None = None
    turned, at = 1, 2
    while True:
        marker, at = _marker(data, at)
        if marker == _EOI:
            break
        length = int(struct.unpack_from(">H", data, at)[0])
        body = data[at + 2 : at + length]
        if length < 2 or len(body) != length - 2:
            raise _BrokenError
        if marker in _FRAMES:
            size = struct.unpack_from(">HH", body, 1)
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:])
        if _is_of_the_picture(marker, body):
            kept += bytes((0xFF, marker)) + data[at : at + length]
        at += length
        if marker == _SOS:
            end = _end_of_scan(data, at)
            kept += data[at:end]
            at = end
    if size is None:
        raise _BrokenError
    up = b"" if turned == 1 else _exif_with(turned)
    height, width = size
    return Photo("image/jpeg", b"\xff\xd8" + up + bytes(kept) + b"\xff\xd9", width, height)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at `at`, which may be filled up with 0xFF, and where its content begins."""
    if data[at] != 0xFF:
        raise _BrokenError
    while data[at] == 0xFF:
        at += 1
    return data[at], at + 1


def _is_of_the_picture(marker: int, body: bytes) -> bool:
    """Return whether a segment is needed to show the picture: no comments, no application data but JFIF, Adobe, ICC."""
    if marker == _COM:
        return False
    if not 0xE0 <= marker <= 0xEF:
        return True
    return (
        (marker == 0xE0 and body.startswith(b"JFIF\0"))
        or (marker == 0xEE and body.startswith(b"Adobe"))
        or (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"))
    )


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the entropy-coded data ends: at the next marker that is neither stuffing nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _BrokenError
        if data[at + 1] != 0 and data[at + 1] not in _RESTARTS:
            return at
        at += 2


def _orientation(tiff: bytes) -> int:
    """Return which way is up, 1 to 8; 1 where the file does not say or says it unreadably."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        start = int(struct.unpack_from(f"{order}I", tiff, 4)[0])
        count = int(struct.unpack_from(f"{order}H", tiff, start)[0])
        for index in range(count):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, start + 2 + 12 * index)
            if (tag, kind) == (_ORIENTATION, 3):
                value = int(struct.unpack_from(f"{order}H", tiff, start + 10 + 12 * index)[0])
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _exif_with(orientation: int) -> bytes:
    """Return an Exif segment that says which way is up, and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    body = b"Exif\0\0" + b"MM\0\x2a" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


# ---- PNG ----------------------------------------------------------------------------------------------------------
_PNG = b"\x89PNG\r\n\x1a\n"
_OF_THE_PICTURE = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
)


def _read_png(data: bytes) -> Photo:
    kept, at, size = bytearray(_PNG), len(_PNG), None
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + 12 + length]
        if len(chunk) != 12 + length or struct.unpack_from(">I", chunk, 8 + length)[0] != zlib.crc32(chunk[4:-4]):
            raise _BrokenError
        if name == b"IHDR":
            size = struct.unpack_from(">II", chunk, 8)
        if name in _OF_THE_PICTURE:
            kept += chunk
        at += len(chunk)
        if name == b"IEND":
            break
    if size is None:
        raise _BrokenError
    return Photo("image/png", bytes(kept), *size)
