"""The district's prior: added counts in, a table out that a new home can be watched by."""

import ast
import json
from itertools import pairwise
from pathlib import Path

import pytest

from models.fit.__main__ import main
from models.fit.calibration import calibration
from models.fit.counts import Counts, CountsError, as_text, read_counts
from models.fit.prior import SHARES, archetypes, dense, fit
from models.household.spells import district
from models.household.spells.district import HOMES, SPELLS
from models.household.spells.habits import (
    BINS,
    LEAST_HOMES,
    HabitCell,
    added,
    cells_of,
    minutes_of,
    monday_before,
    week_of,
)
from models.household.spells.prior import FURTHEST, PriorError, checked
from models.household.spells.spells import LONG_MIN, Spell, Spells

SHIPPED_COUNTS = Path(__file__).resolve().parents[2] / "homes" / "prior_counts.json"


def spells_of(many):
    spells = Spells()
    for one in many:
        spells.add(one)
    return spells


def home(length, minute=540, left_on=False, days=30):
    return Counts(1, cells_of(spells_of(Spell(day, minute, length, left_on) for day in range(days))))


def test_counts_hold_every_ordinary_spell_and_no_long_absence():
    cells = cells_of(
        spells_of([Spell(1, 540, 30, False), Spell(2, 541, LONG_MIN - 1, True), Spell(3, 540, LONG_MIN, False)])
    )
    assert cells == {HabitCell(0, 18, 0): 1, HabitCell(1, 18, BINS - 1): 1}


def test_what_is_added_is_the_sum_and_survives_being_written():
    one, other = read_counts(as_text([home(60), home(60, days=5)]))
    assert (one.homes, one.cells) == (1, home(60).cells)
    assert added([one.cells, other.cells]) == {HabitCell(0, 18, 8): 35}, "ln(60/30) is 8.3 twelfths"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 1, "gateways": []}',
        '{"version": 2, "gateways": [{"homes": 0, "cells": []}]}',
        '{"version": 2, "gateways": [{"homes": 1, "cells": [[0, 48, 1, 1]]}]}',
        '{"version": 2, "gateways": [{"homes": 1, "cells": [[0, 1, 1, -1]]}]}',
        '{"version": 2, "gateways": [{"homes": 1, "cells": [[0, 1, 1]]}]}',
    ],
)
def test_counts_of_another_shape_are_refused(text):
    with pytest.raises(CountsError, match="these"):
        read_counts(text)


MONDAY = monday_before(20_000)
"""2024-10-04 was a Friday, so the Monday before it was 2024-09-30."""


def week_home(spells=LEAST_HOMES + 5, first=MONDAY):
    return spells_of(Spell(first + number % 7, 540, 60, False) for number in range(spells))


def test_weeks_begin_on_mondays():
    assert MONDAY == 19_996
    assert [monday_before(day) for day in (MONDAY, MONDAY + 6, MONDAY + 7)] == [MONDAY, MONDAY, MONDAY + 7]


def test_a_week_adds_the_spells_that_began_in_it_over_all_homes():
    outside = spells_of(
        [Spell(MONDAY - 1, 540, 60, False), Spell(MONDAY + 7, 540, 60, False)]
        + [Spell(MONDAY + day, 600, 60, True) for day in range(7)]
    )
    homes, cells = week_of([*[week_home(10)] * 5, outside], MONDAY)
    assert homes == 6
    assert cells == {HabitCell(0, 18, 8): 50, HabitCell(1, 20, 8): 7}


def test_fewer_than_five_homes_tell_nothing_and_a_home_that_was_away_hides_nobody():
    assert week_of([week_home()] * 4, MONDAY) is None
    assert week_of([*[week_home()] * 4, week_home(6)], MONDAY) is None
    assert week_of([week_home()] * 5, MONDAY) is not None


def test_the_table_grows_with_the_share_and_follows_the_counts():
    table = fit([home(60), home(120), home(240)])
    morning = table[False][18]
    assert len(morning) == len(SHARES)
    assert morning == sorted(morning)
    assert morning[0] == pytest.approx(60, rel=0.1)
    assert morning[2] == pytest.approx(120, rel=0.1)


def test_a_crowd_of_one_kind_does_not_drown_the_others():
    """Ten homes with a few spells and one with very many: each home weighs the same."""
    table = fit([*[home(60)] * 10, home(300, days=300)])
    assert table[False][18][4] == pytest.approx(60, rel=0.1), "nine in ten of eleven homes' spells"


def test_homes_that_live_alike_are_one_archetype():
    alike = [home(45), home(50), home(400, 1320), home(410, 1320), home(100, 900), home(110, 900)]
    labels = archetypes([dense(one) for one in alike])
    assert labels[0] == labels[1]
    assert labels[2] == labels[3]
    assert len(set(labels)) == 3


def test_what_was_held_out_lasts_as_long_as_predicted_where_all_live_alike():
    mixed = [Counts(1, added([home(length, days=10).cells for length in range(40, 240, 10)])) for _ in range(10)]
    steps = []
    lines = calibration(mixed, lambda done, parts: steps.append((done, parts)))
    assert steps == [(number, 5) for number in range(1, 6)]
    assert [line.predicted for line in lines] == pytest.approx([1 - share for share in SHARES])
    for line in lines:
        assert line.spells == 2000
        assert line.observed == pytest.approx(line.predicted, abs=0.06)


def test_a_prior_of_one_kind_of_people_is_shown_to_be_wrong_for_another():
    lines = calibration([home(60), home(400)], lambda done, parts: None)
    assert lines[2].predicted == pytest.approx(0.5)
    assert lines[2].observed == pytest.approx(0.5), (
        "each predicts for the other: all of one last longer, none of the other"
    )
    assert lines[4].observed == pytest.approx(0.5)
    assert lines[4].predicted == pytest.approx(0.1)


def test_the_shipped_table_is_made_by_one_command_byte_for_byte(tmp_path, capsys):
    out, prior = tmp_path / "district.py", tmp_path / "prior.json"
    assert main([str(SHIPPED_COUNTS), "--module", str(out), "--prior", str(prior)]) == 0
    assert out.read_bytes() == Path(district.__file__).read_bytes()
    told = capsys.readouterr()
    assert "fitted on 70 homes" in told.err
    assert "5 of 5 parts held out" in told.err
    body = json.loads(prior.read_text())
    assert checked(body["off"], body["on"]) == SPELLS


def test_the_shipped_priors_chances_hold_in_homes_that_were_held_out():
    """Where it is not widened it is a tenth off at most; the two widened ends are rather too long than too short."""
    for line in calibration(read_counts(SHIPPED_COUNTS.read_text()), lambda done, parts: None):
        if line.predicted > 0.05:
            assert line.observed == pytest.approx(line.predicted, abs=0.1)
        else:
            assert line.observed <= line.predicted


def test_the_module_is_one_that_python_reads(tmp_path):
    counts, out = tmp_path / "counts.json", tmp_path / "district.py"
    counts.write_text(as_text([home(60), home(90), home(120)]))
    assert main([str(counts), "--module", str(out), "--quiet"]) == 0
    names = {node.target.id for node in ast.parse(out.read_text()).body if isinstance(node, ast.AnnAssign)}
    assert names == {"SPELLS"}


@pytest.mark.parametrize(
    ("text", "said"), [("{}", "these are no counts"), (as_text([]), "nothing to fit; wait for the first week")]
)
def test_a_file_that_can_not_be_fitted_is_refused_with_what_to_do(tmp_path, capsys, text, said):
    file = tmp_path / "x.json"
    file.write_text(text)
    assert main([str(file), "--prior", str(tmp_path / "o.json")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "o.json").exists()


def test_the_shipped_table_has_a_row_for_each_half_hour_and_state():
    assert HOMES >= 50
    for left_on in (False, True):
        assert len(SPELLS[left_on]) == 48
        for row in SPELLS[left_on]:
            assert all(earlier <= later for earlier, later in pairwise(row))
            assert row[0] >= 30
            assert row[-1] <= minutes_of(BINS) * 1.5


def test_the_shipped_table_knows_that_nights_are_long_and_lamps_mean_somebody_is_up():
    median = SHARES.index(0.5)
    assert SPELLS[False][46][median] > 3 * SPELLS[False][20][median]
    assert SPELLS[True][46][median] < SPELLS[False][46][median] / 2


def plain(left_on):
    return [list(row) for row in SPELLS[left_on]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows.pop(), "48 rows of 7"),
        (lambda rows: rows[3].pop(), "48 rows of 7"),
        (lambda rows: rows[3].__setitem__(0, rows[3][6]), "half hour 3: lengths must not fall"),
        (lambda rows: rows[47].__setitem__(6, round(rows[47][6] * FURTHEST) + 1), "half hour 47: further than 4 times"),
        (lambda rows: rows[0].__setitem__(0, 0), "half hour 0: further than 4 times"),
    ],
)
def test_a_prior_that_would_blind_a_district_is_refused_by_half_hour(spoil, said):
    rows = plain(False)
    spoil(rows)
    with pytest.raises(PriorError, match=said):
        checked(rows, plain(True))
