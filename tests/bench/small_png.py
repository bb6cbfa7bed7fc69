"""Small PNG: a screenshot with 256 colours, a third of the size and hardly to be told from it. Pure but for numpy.

Screens have few colours and many blends of two of them at the edges of letters: the commonest stay as they are, all
others become the nearest of them.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

_COLOURS = 256
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def small_png(pixels: bytes, width: int, height: int) -> bytes:
    """Return a PNG of RGBA pixels, row by row, that are all opaque."""
    rgb = np.frombuffer(pixels, np.uint8).reshape(-1, 4)[:, :3].astype(np.int64)
    packed = rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
    found, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack((found >> 16, found >> 8 & 255, found & 255), axis=1)
    palette = colours[_palette(colours, counts)]
    nearest = np.concatenate([_nearest(part, palette) for part in np.array_split(colours, len(colours) // 2000 + 1)])
    rows = nearest[where].astype(np.uint8).reshape(height, width)
    lines = np.concatenate((np.zeros((height, 1), np.uint8), rows), axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    table = palette.astype(np.uint8).tobytes()
    chunks = ((b"IHDR", header), (b"PLTE", table), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _palette(colours: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Choose the commonest colours, but no two that an eye would take for one."""
    chosen: list[int] = []
    for least in (24, 8, 0):
        for index in np.argsort(-counts, kind="stable")[:20_000]:
            if len(chosen) == _COLOURS:
                return np.array(chosen)
            if index not in chosen and (
                not chosen or np.abs(colours[chosen] - colours[index]).sum(axis=1).min() > least
            ):
                chosen.append(int(index))
    return np.array(chosen)


def _nearest(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    return ((colours[:, None, :] - palette[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
