"""Two small pictures (24 × 16, drawn by a browser), and what a phone writes into a photo besides the picture."""

from __future__ import annotations

import base64
import struct
import zlib

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
    "q62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAQG/8QAHRAAAQMFAQAAAAAAAAAAAAAAAAED"
    "BQIEERJBYf/EABYBAQEBAAAAAAAAAAAAAAAAAAIBBf/EABcRAQEBAQAAAAAAAAAAAAAAAAEAAhH/2gAMAwEAAhEDEQA/ALIqMs7i"
    "PaddZ2rqzldlTq+meABaucuVV72AAk7/2Q=="
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAYAAAAMJL+VAAAATklEQVR4AexQywkAIAg1J6mJWrUmahS7eVICRS8pPBDh+T64oFMk"
    "EIKHBSYdkODVZwHvI41fAlozfM+raLcBEtiKcclLYDT4pFWCDyq6AAAA//+PAMS6AAAABklEQVQDADdyPYlyZ2RyAAAAAElFTkSu"
    "QmCC"
)
PLACE = b"29deg52N 121deg33E"
"""What must not be kept, wherever it stands."""


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int) -> bytes:
    """A segment as a phone writes it: which way is up, the device's name, and a GPS directory with the place in it."""
    name = b"Phone X\0"
    entries = (
        struct.pack("<HHII", 0x010F, 2, len(name), 8 + 2 + 3 * 12 + 4)
        + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
        + struct.pack("<HHII", 0x8825, 4, 1, 8 + 2 + 3 * 12 + 4 + len(name))
    )
    gps = struct.pack("<H", 0) + bytes(4) + PLACE
    tiff = b"II*\0" + struct.pack("<IH", 8, 3) + entries + bytes(4) + name + gps
    return segment(0xE1, b"Exif\0\0" + tiff)


def from_a_phone(orientation: int = 6) -> bytes:
    """The JPEG with everything around it: Exif, XMP, a comment, another picture behind the end."""
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + PLACE + b"</x>")
    return JPEG[:2] + exif(orientation) + xmp + segment(0xFE, PLACE) + JPEG[2:] + b"film" + PLACE


def png_from_a_phone() -> bytes:
    body = b"tEXtComment\0" + PLACE
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return PNG[:33] + chunk + PNG[33:]
