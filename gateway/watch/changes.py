"""Changes: a home's memory as what has changed since a whole copy of it, to spare the memory card. Pure.

Ten kilobytes of JSON of which a few numbers move: with the whole copy as its dictionary, zlib needs some hundred bytes.
"""

from __future__ import annotations

import zlib

_LEVEL = 9


def change_of(whole: bytes, memory: bytes) -> bytes:
    """Return what makes `memory` out of `whole`."""
    packer = zlib.compressobj(_LEVEL, zdict=whole)
    return packer.compress(memory) + packer.flush()


def changed(whole: bytes, change: bytes) -> bytes:
    """Return the memory; raises `ValueError` when the change was not made from this `whole`, or is torn."""
    unpacker = zlib.decompressobj(zdict=whole)
    try:
        memory = unpacker.decompress(change) + unpacker.flush()
    except zlib.error as error:
        raise ValueError(f"what has changed does not fit the whole: {error}") from error
    if not unpacker.eof:
        raise ValueError("what has changed is cut off")
    return memory
