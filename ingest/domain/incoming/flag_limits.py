"""Flag limits: what of a flag's words and numbers can be kept and shown. Pure.

A gateway is believed only about its homes, and a broken one writes anything. What no database column takes would fail
again at every repeat; what turns the direction of writing or moves the cursor would change what a page seems to say.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.domain.incoming.lateness import MOST
from models.texts.flag_texts import told_anew
from models.wire.codec import LONGEST_ID, WireError, is_id, is_plausible
from models.wire.messages import FlagBody, UsageSummary

LONGEST_SENTENCE = 2000
LARGEST_NUMBER = 2**31 - 1


def one_line(text: str, longest: int) -> str:
    """Return `text` without control and direction signs, on one line, cut with an ellipsis where it is too long."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def within_limits(flag: FlagBody) -> FlagBody:
    """Return the flag in our own words, or in its sender's made fit to be shown, where we have none for it.

    Raises `WireError` for ids, times or a number out of bounds.
    """
    for name in ("flag_id", "episode", "home"):
        if not is_id(getattr(flag, name)):
            raise WireError(f"flag: {name} must be {LONGEST_ID} printable characters at most")
    for name in ("at", "since"):
        at = getattr(flag, name)
        if at.tzinfo is None:
            raise WireError(f"flag {flag.flag_id}: {name} needs a time zone")
        if not is_plausible(at):
            raise WireError(f"flag {flag.flag_id}: {name} is not between 1970 and 2200")
    if not 0 <= flag.number <= LARGEST_NUMBER:
        raise WireError(f"flag {flag.flag_id}: number must be 0 to {LARGEST_NUMBER}")
    waited_s = flag.waited_s if 0 <= flag.waited_s <= MOST.total_seconds() else 0.0
    text_zh, text_en = told_anew(flag.text_key, flag.facts, flag.text_facts) or (flag.text_zh, flag.text_en)
    return replace(
        flag,
        waited_s=waited_s,
        reason=one_line(flag.reason, LONGEST_ID),
        text_zh=one_line(text_zh, LONGEST_SENTENCE),
        text_en=one_line(text_en, LONGEST_SENTENCE),
    )


def check_usage(summary: UsageSummary) -> None:
    """Raise `WireError` for a usage summary whose home, hours or counts can not be kept."""
    if not is_id(summary.home):
        raise WireError(f"usage_summary: home must be {LONGEST_ID} printable characters at most")
    for hour in summary.hours:
        if hour.start.tzinfo is None or not is_plausible(hour.start):
            raise WireError("usage_summary: start needs a time zone and lies between 1970 and 2200")
        if hour.signs is not None and not 0 <= hour.signs <= LARGEST_NUMBER:
            raise WireError(f"usage_summary: signs must be 0 to {LARGEST_NUMBER}")
