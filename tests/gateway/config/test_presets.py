"""[detection] preset: a shipped one by name, a file of one's own by path; a bad one is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.assembly.homes import places, roster
from gateway.config.catalogue import load_settings
from gateway.config.presets import read_preset
from models.kit.config_reader import ConfigError
from models.params import BOUNDS, Params

HOMES = '[gateway]\nid = "gw-1"\n[[homes]]\nid = "h-1"\nbuilding = "3"\n[[homes]]\nid = "h-2"\n'


def write(folder: Path, preset: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(f'{HOMES}[detection]\npreset = "{preset}"\n', encoding="utf-8")
    return path


def test_the_shipped_preset_is_found_by_its_name(tmp_path: Path) -> None:
    homes = roster(*load_settings(write(tmp_path, "standard"))).homes
    assert homes["h-1"].params == Params()


def test_a_copy_of_ones_own_is_found_beside_the_settings_and_reaches_every_home(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[running]\nleast_volume_l = 200\n", encoding="utf-8")
    homes = roster(*load_settings(write(tmp_path, "mine.toml"))).homes
    assert {home.params.running.least_volume_l for home in homes.values()} == {200.0}


@pytest.mark.parametrize(
    ("content", "preset", "told"),
    [
        (
            None,
            "standrad",
            "choose one of 'demo', 'drill', 'standard'; did you mean 'standard'?; or give the path of a .toml",
        ),
        (None, "../secret", "'../secret' is not known"),
        (None, "mine.toml", "can't be read: No such file or directory; correct the path"),
        (b"[running", "mine.toml", "mine.toml:1: the file: is not TOML"),
        (b"\xff", "mine.toml", "it is not UTF-8 at byte 0; save it as UTF-8"),
    ],
)
def test_a_bad_preset_is_refused_with_line_key_and_advice(
    tmp_path: Path, content: bytes | None, preset: str, told: str
) -> None:
    if content is not None:
        (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, preset))
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (9, "detection.preset")
    assert told in problem.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[running]\nleast_volume_l = 1", "2: running.least_volume_l: 1.0 is too small; the least is 10"),
        ("[running]\nleast_run_s = 43201", "2: running.least_run_s: 43201.0 is too big; the most is 43200 s"),
        ("[running]\nleast_run_s = 'long'", "2: running.least_run_s: must be a number, not 'long'"),
        ("[running]\nleast_run_s = true", "2: running.least_run_s: must be a number, not True"),
        ("[running]\nleast_run = 1", "2: running.least_run: is not a key of this table; did you mean least_run_s?"),
        ("[runing]\n", "1: runing: is not a key of this table; did you mean running?"),
        ("running = 3", "1: running: must be a table"),
    ],
)
def test_a_wrong_threshold_is_told_with_the_preset_s_own_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "mine.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, "mine.toml"))
    assert str(caught.value) == f"{tmp_path}/mine.toml:{told}"


@pytest.mark.parametrize("bound", BOUNDS["running.least_volume_l"])
def test_a_bound_itself_is_allowed(tmp_path: Path, bound: float) -> None:
    (tmp_path / "mine.toml").write_text(f"[running]\nleast_volume_l = {bound}\n", encoding="utf-8")
    assert read_preset(str(tmp_path / "mine.toml")).running.least_volume_l == bound


def test_what_a_preset_does_not_name_keeps_its_default(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[running]\nleast_run_s = 1800\n", encoding="utf-8")
    params = read_preset(str(tmp_path / "mine.toml"))
    assert params.running.least_run_s == 1800.0
    assert params.inactivity == Params().inactivity


def test_homes_have_lines_buildings_and_the_gateway_in_common(tmp_path: Path) -> None:
    found = {place.place_id: set(place.homes) for place in places(load_settings(write(tmp_path, "standard"))[0])}
    assert found == {"gw-1/building/3": {"h-1"}, "gw-1": {"h-1", "h-2"}}


def test_a_building_that_no_message_could_carry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(HOMES.replace('"3"', f'"{"x" * 65}"'), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert [(one.line, one.key) for one in caught.value.problems] == [(5, "homes[0].building")]
