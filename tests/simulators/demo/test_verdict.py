"""The demonstration's verdict: what is lost or doubled is seen, and a story that did not happen is not called good."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from simulators.demo.actors import FALL_HOME, LIN, SMOKE_HOME, SUN, TAP_HOME, ZHOU, home_labels, part_for
from simulators.demo.counts import CountedFlag, CountedStep, GatewayCounts, IngestCounts, Losses, compare
from simulators.demo.phones import PhoneMessage
from simulators.demo.verdict import judge, missing_from_story

GATEWAY = GatewayCounts(10, "start", "now", 0, frozenset({("e1.0", "raised"), ("e1.1", "cleared")}))
INGEST = IngestCounts(
    flags=(CountedFlag("e1.0", "raised"), CountedFlag("e1.1", "cleared")),
    tickets=(("t1", SMOKE_HOME, "smoke"), ("t2", TAP_HOME, "running_water"), ("t3", FALL_HOME, "inactivity")),
    history=(
        CountedStep("t1", 1, "take", SMOKE_HOME, "smoke", "{}"),
        CountedStep("t3", 1, "escalated", FALL_HOME, "inactivity", "{}"),
    ),
    notices=(("k1", "delivered"), ("k2", "pending")),
)


def message(key: str = "k1", repeats: int = 0) -> PhoneMessage:
    return PhoneMessage("sms", key, ZHOU, "text", "http://127.0.0.1/go/x", repeats)


def compared(**changed: object) -> Losses:
    ingest = replace(INGEST, **changed)  # type: ignore[arg-type]
    return compare(GATEWAY, [message()], ingest, [message()])


def test_when_both_ends_agree_nothing_is_lost_or_doubled() -> None:
    assert compared() == Losses([], [])


def test_a_flag_that_ingest_does_not_have_is_lost() -> None:
    assert compared(flags=INGEST.flags[:1]).lost == ["flag e1.1 cleared"]


def test_a_flag_that_ingest_has_twice_is_doubled() -> None:
    assert compared(flags=(*INGEST.flags, INGEST.flags[0])).doubled == ["flag e1.0 raised"]


def test_a_delivered_notice_that_no_phone_shows_is_lost() -> None:
    assert compare(GATEWAY, [], INGEST, []).lost == ["notice k1"]


def test_a_key_that_a_phone_shows_twice_is_doubled_but_a_repeat_that_it_swallowed_is_not() -> None:
    assert compare(GATEWAY, [], INGEST, [message(), message()]).doubled == ["notice k1"]
    assert compare(GATEWAY, [], INGEST, [message(repeats=3)]).doubled == []


def test_a_notice_that_nobody_wrote_is_doubled() -> None:
    assert compare(GATEWAY, [message("k9")], INGEST, [message()]).doubled == ["notice k9 that nobody wrote"]


def test_a_doubled_ticket_is_reported() -> None:
    assert compared(doubled=("ticket h-001 smoke",)).doubled == ["ticket h-001 smoke"]


def test_a_story_that_happened_is_complete() -> None:
    assert missing_from_story(INGEST) == ()


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"tickets": INGEST.tickets[1:]}, "a ticket smoke for h-004"),
        ({"tickets": INGEST.tickets[:2]}, "a ticket inactivity for h-013"),
        ({"history": INGEST.history[1:]}, "a ticket taken by a person"),
        ({"history": INGEST.history[:1]}, "the ticket of h-013 passed on because nobody answered"),
    ],
)
def test_what_did_not_happen_is_named_and_makes_the_verdict_bad(changed: dict[str, object], missing: str) -> None:
    ingest = replace(INGEST, **changed)  # type: ignore[arg-type]
    verdict = judge(ingest, Losses(), readings=5, messages=[message()], restarts=0, seconds=120)
    assert verdict.missing == (missing,)
    assert not verdict.good


@pytest.mark.parametrize("losses", [Losses(["flag x"], []), Losses([], ["flag x"])])
def test_a_lost_or_doubled_flag_makes_the_verdict_bad(losses: Losses) -> None:
    assert not judge(INGEST, losses, readings=5, messages=[], restarts=0, seconds=120).good


def test_the_last_line_holds_the_promised_numbers() -> None:
    verdict = judge(INGEST, Losses(), readings=5, messages=[message(repeats=2)], restarts=3, seconds=120.04)
    assert verdict.good
    said = json.loads(verdict.last_line())
    promised = ["readings", "flags", "tickets", "notices", "escalations", "lost", "duplicates"]
    assert {name: said[name] for name in promised} == dict(zip(promised, [5, 2, 3, 1, 1, 0, 0], strict=True))
    assert (said["restarts"], said["notices_sent_again"], said["seconds"]) == (3, 2, 120.0)


def test_nobody_plays_a_part_at_a_home_that_is_not_theirs() -> None:
    labels = home_labels(20)
    taken = part_for(ZHOU, f"紧急·用水不停,{labels[TAP_HOME]}。", labels)
    assert taken is not None
    assert (taken.home, taken.outcome) == (TAP_HOME, "habit")
    assert part_for(ZHOU, f"紧急·久无活动,{labels[FALL_HOME]}。", labels) is None
    assert part_for(LIN, f"Urgent: no sign of activity, {labels[FALL_HOME]}.", labels) is None
    assert part_for(SUN, f"紧急·久无活动,{labels[FALL_HOME]}。", labels) is not None


def test_no_label_is_part_of_another_so_that_a_message_means_one_home() -> None:
    labels = list(home_labels(200).values())
    assert not [(one, other) for one in labels for other in labels if one != other and one in other]
