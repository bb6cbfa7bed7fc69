"""The line of a home that exceeds a score more often than others do, or further."""

import pytest

from models.household.silence.tail import Tail

LINE, PER_E = 4.0, 0.55


def watched(days: int, score: float, times_a_month: float, *, left_on: bool = False) -> Tail:
    tail, due = Tail(), 0.0
    for day in range(20_000, 20_000 + days):
        tail.note(1.0, left_on, day)
        due += times_a_month / 30.0
        while due >= 1.0:
            tail.note(score, left_on, day)
            due -= 1.0
    return tail


def test_a_home_of_which_nothing_is_known_has_the_line_of_all():
    assert Tail().raised(LINE, PER_E, left_on=False) == pytest.approx(LINE)


@pytest.mark.parametrize("times", [0.0, 4.0, 8.0])
def test_who_exceeds_it_as_seldom_as_others_or_never_is_not_rung_for_sooner(times):
    assert watched(60, 2.9, times).raised(LINE, PER_E, left_on=False) == pytest.approx(LINE)


def test_the_line_rises_with_how_often_and_how_far():
    lines = [
        watched(60, score, times).raised(LINE, PER_E, left_on=False)
        for score, times in ((2.9, 9.0), (2.9, 30.0), (3.9, 30.0), (3.9, 60.0))
    ]
    assert lines == sorted(lines)
    assert lines[1] > LINE + 0.3
    assert lines[-1] < LINE + 2.5, "no home is ever left alone"


def test_silences_with_a_lamp_on_say_nothing_of_those_with_everything_off():
    tail = watched(60, 3.9, 60.0, left_on=True)
    assert tail.raised(LINE, PER_E, left_on=False) == pytest.approx(LINE)
    assert tail.raised(LINE, PER_E, left_on=True) > LINE + 0.5


def test_what_was_months_ago_is_forgotten():
    tail = watched(60, 3.9, 60.0)
    for day in range(20_060, 20_240):
        tail.note(1.0, False, day)
    assert tail.raised(LINE, PER_E, left_on=False) < LINE + 0.1


def test_one_week_away_does_not_leave_a_home_alone_for_months():
    tail = watched(30, 2.9, 9.0)
    before = tail.raised(LINE, PER_E, left_on=False)
    tail.note(15.0, False, 20_031)
    assert tail.raised(LINE, PER_E, left_on=False) < before + 0.7
