"""The district's prior: added counts in, a table out that a new home can be watched by."""

import ast

import pytest

from models.fit.__main__ import main
from models.fit.counts import BINS, Counts, CountsError, added, minutes_of, read_counts
from models.fit.prior import SHARES, archetypes, fit
from models.household.district import HOMES, SPELLS
from models.household.spells import LONG_MIN, Spell, Spells


def spells_of(many):
    spells = Spells()
    for one in many:
        spells.add(one)
    return spells


def home(length, minute=540, left_on=False, days=30):
    counts = Counts()
    counts.add_home(spells_of(Spell(day, minute, length, left_on) for day in range(days)))
    return counts


def test_counts_hold_every_ordinary_spell_and_no_long_absence():
    counts = Counts()
    counts.add_home(
        spells_of([Spell(1, 540, 30, False), Spell(2, 541, LONG_MIN - 1, True), Spell(3, 540, LONG_MIN, False)])
    )
    assert sum(sum(map(sum, state)) for state in counts.spells) == 2
    assert counts.spells[0][18][0] == 1
    assert counts.spells[1][18][BINS - 1] == 1


def test_what_is_added_is_the_sum_and_survives_being_sent():
    total = added([read_counts(home(60).text()), read_counts(home(60, days=5).text())])
    assert total.homes == 2
    assert max(max(row) for row in total.spells[0]) == 35


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "homes": 1, "spells": [[[1]]]}'])
def test_counts_of_another_shape_are_refused(text):
    with pytest.raises(CountsError, match="these"):
        read_counts(text)


def test_the_table_grows_with_the_share_and_follows_the_counts():
    table = fit([home(60), home(120), home(240)])
    morning = table[False][18]
    assert len(morning) == len(SHARES)
    assert morning == sorted(morning)
    assert morning[0] == pytest.approx(60, rel=0.1)
    assert morning[2] == pytest.approx(120, rel=0.1)


def test_homes_that_live_alike_are_one_archetype():
    labels = archetypes([home(45), home(50), home(400, 1320), home(410, 1320), home(100, 900), home(110, 900)])
    assert labels[0] == labels[1]
    assert labels[2] == labels[3]
    assert len(set(labels)) == 3


def test_the_command_writes_a_table_that_python_reads(tmp_path, capsys):
    files = []
    for number, length in enumerate((60, 90, 120)):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(home(length).text())
    out = tmp_path / "district.py"
    assert main([*map(str, files), "--out", str(out)]) == 0
    names = {node.target.id for node in ast.parse(out.read_text()).body if isinstance(node, ast.AnnAssign)}
    assert names == {"SPELLS"}
    assert "fitted on 3 homes" in capsys.readouterr().err


def test_a_file_that_is_no_counts_is_refused_with_what_to_do(tmp_path, capsys):
    file = tmp_path / "x.json"
    file.write_text("{}")
    assert main([str(file), "--out", str(tmp_path / "o.py")]) == 2
    assert f"{file}: these are no counts" in capsys.readouterr().err


def test_the_shipped_table_has_a_row_for_each_half_hour_and_state():
    assert HOMES >= 50
    for left_on in (False, True):
        assert len(SPELLS[left_on]) == 48
        for row in SPELLS[left_on]:
            assert list(row) == sorted(row)
            assert row[0] >= 30
            assert row[-1] <= minutes_of(BINS) * 1.5


def test_the_shipped_table_knows_that_nights_are_long_and_lamps_mean_somebody_is_up():
    median = SHARES.index(0.5)
    assert SPELLS[False][46][median] > 3 * SPELLS[False][20][median]
    assert SPELLS[True][46][median] < SPELLS[False][46][median] / 2
