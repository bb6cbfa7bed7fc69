"""What outcomes do to a home's line: down at once where somebody was needed, up slowly where nobody was, never far."""

from __future__ import annotations

from itertools import product

import pytest

from ingest.domain.tickets.ticket import Cause, Outcome
from ingest.fleet.domain.silence_threshold import HIGHEST, LOWEST, RULES, Label, Move, label_of, moved, words_of
from models.params import BOUNDS

NEEDED, NEEDLESS = Label.NEEDED, Label.NEEDLESS


def walk(labels: list[Label]) -> list[float]:
    """Where the line stands after each label."""
    scale, stands = 1.0, []
    for count in range(1, len(labels) + 1):
        move = moved(scale, labels[:count])
        scale = scale if move is None else move.after
        stands.append(scale)
    return stands


def test_only_silences_have_a_line_that_outcomes_move() -> None:
    assert frozenset({"inactivity"}) == RULES


@pytest.mark.parametrize(
    ("outcome", "cause", "label"),
    [
        (Outcome.HELPED, Cause.FALL, NEEDED),
        (Outcome.HOSPITAL, Cause.ILLNESS, NEEDED),
        (Outcome.DIED, Cause.UNKNOWN, NEEDED),
        (Outcome.UNKNOWN, Cause.FALL, NEEDED),
        (Outcome.HELPED, Cause.HABIT, NEEDED),
        (Outcome.HABIT, Cause.HABIT, NEEDLESS),
        (Outcome.HABIT, None, NEEDLESS),
        (Outcome.UNKNOWN, Cause.UNHEARD, NEEDLESS),
        (Outcome.AWAY, Cause.AWAY, None),
        (Outcome.HABIT, Cause.AWAY, None),
        (Outcome.DEVICE, Cause.DEVICE, None),
        (Outcome.TEST, Cause.TEST, None),
        (Outcome.UNKNOWN, Cause.UNKNOWN, None),
        (Outcome.UNKNOWN, None, None),
    ],
)
def test_what_an_outcome_says_of_the_flag(outcome: Outcome, cause: Cause | None, label: Label | None) -> None:
    assert label_of(outcome, cause) is label


def test_one_confirmed_need_lowers_the_line_at_once_a_little() -> None:
    """Beta(1, 3): one in four expected, two in five seen, so the line is 0.15 * log2(0.4 / 0.25) = 0.10 lower."""
    assert moved(1.0, [NEEDED]) == Move(1.0, 0.9, 1, 0)


def test_visits_for_nothing_raise_it_slowly_and_the_first_says_little() -> None:
    stands = walk([NEEDLESS] * 4)
    assert stands[0] == pytest.approx(1.048, abs=0.001), "0.15 * log2(0.25 / 0.2)"
    assert all(0 < later - earlier <= 0.05 + 1e-9 for earlier, later in zip([1.0, *stands], stands, strict=False))
    assert stands[-1] == pytest.approx(1.15), "1 in 8 is half of 1 in 4"


def test_it_never_leaves_its_bounds_whatever_comes() -> None:
    assert walk([NEEDLESS] * 200)[-1] == HIGHEST
    assert walk([NEEDED] * 200)[-1] == LOWEST
    low, high = BOUNDS["inactivity.line_scale"]
    assert low < LOWEST < 1 < HIGHEST < high
    for labels in product([NEEDED, NEEDLESS], repeat=9):
        assert all(LOWEST <= scale <= HIGHEST for scale in walk(list(labels)))


def test_a_needed_visit_never_raises_the_line_and_a_needless_one_never_lowers_it() -> None:
    for labels in product([NEEDED, NEEDLESS], repeat=9):
        stands = [1.0, *walk(list(labels))]
        for label, before, after in zip(labels, stands, stands[1:], strict=False):
            assert after <= before if label is NEEDED else after >= before


def test_a_need_undoes_what_visits_for_nothing_had_raised_faster_than_they_raised_it() -> None:
    stands = walk([*[NEEDLESS] * 6, NEEDED])
    assert stands[5] - stands[6] == pytest.approx(0.10), "a step down is twice a step up"


def test_a_home_that_is_rightly_told_every_fourth_time_keeps_its_line_near_the_standard() -> None:
    stands = walk([NEEDLESS, NEEDLESS, NEEDLESS, NEEDED] * 20)
    assert all(0.93 <= scale <= 1.12 for scale in stands[40:])


def test_nothing_said_moves_nothing() -> None:
    assert moved(1.1, []) is None
    assert moved(HIGHEST, [NEEDLESS] * 200) is None


def test_the_history_says_it_in_words_with_its_grounds() -> None:
    words = words_of(Move(1.0, 1.05, 0, 1))
    assert "longer" in words["text_en"]
    assert "5 % above the standard" in words["text_en"]
    assert "0 visits were needed, 1 was not" in words["text_en"]
    assert "高 5%" in words["text_zh"]
    words = words_of(Move(1.2, 1.1, 1, 6))
    assert "shorter" in words["text_en"]
    assert "10 % above the standard" in words["text_en"], "lower than it was, and still above"
    assert "低 10%" in words_of(Move(1.0, 0.9, 1, 0))["text_zh"]
