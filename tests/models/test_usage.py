"""Two showings of a register: what was used, or why nobody can know."""

import pytest

from models.quantity import Quantity
from models.usage import LIMITS, GapReason, Showing, between

WATER = LIMITS[Quantity.WATER_VOLUME]
ENERGY = LIMITS[Quantity.ENERGY]


def test_the_difference_of_two_showings_is_the_use():
    use = between(Showing(1000, 0), Showing(1012, 300), WATER)
    assert (use.amount, use.start, use.end, use.why) == (12, 0, 300, GapReason.KNOWN)
    assert use.seconds == 300


def test_no_difference_is_a_use_of_nothing_and_not_an_unknown():
    assert between(Showing(1000, 0), Showing(1000, 300), WATER).amount == 0


@pytest.mark.parametrize("seconds", [0, -60])
def test_time_that_does_not_run_forward_makes_the_use_unknown(seconds):
    use = between(Showing(1000, 600), Showing(1012, 600 + seconds), WATER)
    assert (use.amount, use.why) == (None, GapReason.CLOCK)


def test_a_register_that_goes_back_a_little_is_back_flow():
    assert between(Showing(1000, 0), Showing(950, 300), WATER)[0::3] == (None, GapReason.REVERSE)


def test_a_register_that_goes_back_further_is_another_meter():
    assert between(Showing(1000, 0), Showing(949, 300), WATER)[0::3] == (None, GapReason.SWAP)


def test_a_register_that_jumps_further_than_any_pipe_allows_is_another_meter():
    allowed = WATER.per_hour
    assert between(Showing(0, 0), Showing(allowed, 3600), WATER).amount == allowed
    assert between(Showing(0, 0), Showing(allowed + 1, 3600), WATER)[0::3] == (None, GapReason.SWAP)


def test_a_register_of_five_digits_runs_over_its_end():
    use = between(Showing(99_990, 0), Showing(7, 300), WATER)
    assert (use.amount, use.why) == (17, GapReason.ROLLOVER)


def test_a_fall_from_the_middle_of_the_scale_is_a_swap_and_no_rollover():
    assert between(Showing(60_000, 0), Showing(7, 300), WATER)[0::3] == (None, GapReason.SWAP)


def test_what_was_used_over_a_long_interval_is_known_but_not_when():
    just, over = ENERGY.gap_s, ENERGY.gap_s + 1
    assert between(Showing(0, 0), Showing(500, just), ENERGY)[0::3] == (500, GapReason.KNOWN)
    assert between(Showing(0, 0), Showing(500, over), ENERGY)[0::3] == (500, GapReason.GAP)
