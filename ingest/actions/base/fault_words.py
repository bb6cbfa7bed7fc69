"""Fault words: what may be logged of an exception: type and place only, for its text may hold people's data."""

from __future__ import annotations

import traceback
from pathlib import Path


def fault_words(error: BaseException) -> str:
    """Return "TypeError at tickets.py:91 < escalate.py:44": the type, and the innermost of our own lines."""
    ours = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
        if "site-packages" not in frame.filename
    ]
    return f"{type(error).__name__} at {' < '.join(ours[:3]) or 'an unknown place'}"
