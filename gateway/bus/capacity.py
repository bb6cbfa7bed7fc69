"""Capacity: how long one poll of a device occupies its line, as far as paper can tell. Pure.

Bytes of the questions, bytes of the recorded answers, the silence between, and how long meters usually think.
"""

from __future__ import annotations

from statistics import median

from gateway.bus.exchange import Timing
from gateway.drivers.contract import Device, Driver, Request
from gateway.drivers.document import Document

BITS_PER_BYTE = 11
"""Start, eight data bits, parity, stop; a line without parity is a tenth quicker."""
USUAL_THINKING_S = 0.1
"""Standards allow meters 20 to 500 ms before they answer; most take about this long."""
_USUAL_ANSWER = 30
_WAKE_UP = 4


def poll_s(device: Device, driver: Driver, timing: Timing, thinking_s: float = USUAL_THINKING_S) -> float:
    """Return the seconds that one answered poll takes on the wire."""
    requests = driver.requests(device)
    sizes = (len(one.payload) + answer_size(device.document, one) for one in requests)
    return sum(size * timing.byte_s + timing.rest_s + thinking_s for size in sizes)


def answer_size(document: Document, request: Request) -> float:
    """Return how many bytes the answer to a question usually has, by the document's recorded frames."""
    frames = [frame for frame in document.frames if frame.hex and frame.expect]
    asked = [frame for frame in frames if frame.asked == request.key] or frames
    if not asked:
        return _USUAL_ANSWER
    return median(len(bytes.fromhex(frame.hex)) for frame in asked) + _WAKE_UP
