"""Profiles add up what overlaps and know their own edges."""

from __future__ import annotations

import pytest

from simulators.people.use import DrawnUse, Profile


def test_overlapping_uses_add_up_and_amounts_are_their_areas() -> None:
    profile = Profile(0, 100, [DrawnUse(10, 30, 2.0), DrawnUse(20, 40, 3.0)])
    assert [profile.rate(at) for at in (9, 10, 20, 30, 40)] == [0, 2, 5, 3, 0]
    assert profile.amount(20) == pytest.approx(20)
    assert profile.total == pytest.approx(20 * 2 + 20 * 3)


def test_uses_are_cut_at_the_edges_of_the_profile() -> None:
    profile = Profile(0, 100, [DrawnUse(-50, 10, 1.0), DrawnUse(90, 200, 1.0), DrawnUse(300, 400, 9.0)])
    assert profile.total == pytest.approx(20)
    assert profile.rate(0) == 1.0


def test_an_empty_profile_is_zero_everywhere() -> None:
    profile = Profile(5, 10, [])
    assert (profile.rate(5), profile.amount(10), profile.total) == (0, 0, 0)


def test_a_use_outside_has_no_part() -> None:
    assert DrawnUse(0, 10, 1.0).clipped(10, 20) is None
