"""How long a spell may last, as far as one home's own spells and its meters tell."""

from models.household.spells.district import SPELLS
from models.household.spells.spells import Outlook, Spell, Spells, Stretch, outlook

HOUR = 3600.0


def seen(spells: Spells, stretch: Stretch, *, minute: int = 600, pace_s: float = 300.0) -> Outlook:
    return outlook(
        spells, 20_010, minute, False,
        ledger=True, shifted=frozenset(), district=SPELLS, stretch=stretch, pace_s=pace_s,
    )  # fmt: skip


def test_a_home_that_shows_itself_half_as_often_is_not_judged_by_the_districts_pace_for_weeks():
    stretch = Stretch()
    for _ in range(24):
        stretch.learn(120, 60)
    first, third_day = seen(Spells(), Stretch()), seen(Spells(), stretch)
    assert 1.2 * first.reaches(4.0) < third_day.reaches(4.0) < 3.0 * first.reaches(4.0)


def test_the_night_is_not_stretched():
    stretch = Stretch()
    for _ in range(100):
        stretch.learn(120, 60)
    evening = 22 * 60
    assert seen(Spells(), stretch, minute=evening).reaches(4.0) < 1.25 * seen(
        Spells(), Stretch(), minute=evening
    ).reaches(4.0)


def test_one_odd_spell_stretches_nothing():
    stretch = Stretch()
    stretch.learn(700, 58)
    assert stretch.of(100) < 120


def test_polls_an_hour_apart_tell_two_hours_from_three_by_less():
    spells = Spells()
    for day in range(40):
        spells.add(Spell(20_010 - 40 + day, 600, 120, False))
    waits = [seen(spells, Stretch(), pace_s=pace).reaches(4.0) / HOUR for pace in (300.0, 900.0, 3600.0)]
    assert waits == sorted(waits)
    assert waits[0] + 0.7 < waits[2]
