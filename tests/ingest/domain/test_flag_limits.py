"""Ingest says a flag in its own words where it knows the key, and in its sender's where it does not."""

from __future__ import annotations

import pytest

from ingest.domain.incoming.flag_limits import LONGEST_SENTENCE, within_limits
from tests.ingest.town import flag


def test_a_flag_with_a_key_is_said_anew_from_its_facts() -> None:
    sent = flag(text_key="flags.smoke.alarm", text_zh="旧句子", text_en="An old sentence.")
    kept = within_limits(sent)
    assert (kept.text_zh, kept.text_en) == ("烟雾探测器 s-1 正在报警。", "Smoke detector s-1 is sounding its alarm.")


def test_a_sentence_may_need_more_than_the_facts() -> None:
    kept = within_limits(flag(text_key="flags.inactivity.sign", text_facts={"at": "07:10"}))
    assert kept.text_en == "There was a sign of somebody at 07:10."


@pytest.mark.parametrize("key", ["", "flags.smoke.of_tomorrow", "flags.inactivity.silent", "tickets.note.pressed_well"])
def test_a_flag_that_we_can_not_say_keeps_its_sender_s_words(key: str) -> None:
    kept = within_limits(flag(text_key=key, text_zh="旧句子", text_en="An old sentence."))
    assert (kept.text_zh, kept.text_en) == ("旧句子", "An old sentence.")


def test_facts_from_outside_turn_no_line_and_fill_no_page() -> None:
    kept = within_limits(flag(text_key="flags.smoke.alarm", facts={"device": "a\n\u202eb" + "x" * 5000}))
    assert "\n" not in kept.text_en
    assert "\u202e" not in kept.text_en
    assert len(kept.text_en) == LONGEST_SENTENCE
