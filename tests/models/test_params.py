"""Thresholds come as tables and are refused with a sentence that says what is allowed."""

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

import models
from models.params import BOUNDS, Params, ParamsError, params_from


def test_what_a_preset_does_not_name_keeps_its_default():
    params = params_from({"running": {"least_run_s": 1800}})
    assert params.running.least_run_s == 1800.0
    assert params.inactivity == Params().inactivity


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"runing": {}}, "there is no section 'runing'"),
        ({"running": {"least_run": 1}}, "there is no threshold running.least_run"),
        ({"running": {"least_run_s": 299.9}}, "running.least_run_s = 299.9: give a number from 300 to 43200"),
        ({"running": {"least_run_s": "long"}}, "running.least_run_s = 'long'"),
        ({"running": {"least_run_s": True}}, "running.least_run_s = True"),
        ({"running": 3}, "running must be a table"),
    ],
)
def test_a_wrong_preset_is_refused_with_what_is_allowed(table, said):
    with pytest.raises(ParamsError, match=said.replace("(", r"\(")):
        params_from(table)


def test_every_threshold_has_bounds_and_its_default_lies_within():
    names = {f"{section}.{name}" for section, values in asdict(Params()).items() for name in values}
    assert names == set(BOUNDS)
    for section, values in asdict(Params()).items():
        for name, value in values.items():
            low, high = BOUNDS[f"{section}.{name}"]
            assert low <= value <= high, name


def test_a_bound_itself_is_allowed():
    low, high = BOUNDS["running.least_volume_l"]
    assert params_from({"running": {"least_volume_l": low}}).running.least_volume_l == low
    assert params_from({"running": {"least_volume_l": high}}).running.least_volume_l == high


def test_the_shipped_preset_says_what_the_defaults_are():
    preset = Path(models.__file__).parent.parent / "config" / "presets" / "standard.toml"
    assert params_from(tomllib.loads(preset.read_text(encoding="utf-8"))) == Params()
