"""One bad paper blinds nobody: the daemon starts with what is good, the neighbours' fire is heard, and it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.config.tolerant import LeftOut, load_tolerant
from models.kit.config_reader import ConfigError
from tests.gateway.config.test_settings import GOOD, write

ROOT = Path(__file__).resolve().parents[2]


class Damage(NamedTuple):
    """What is done to `gateway.toml` or to a document, what check-config must name, and of whom it is told."""

    replaced: str
    by: str
    named: str
    homes: frozenset[str] = frozenset()
    document: str = ""


H1 = frozenset({"h-001"})
DAMAGES = {
    "an unused document": Damage("", "title = [", "spare.toml:1", document="spare"),
    "a used document": Damage("[timing]", "[timming]", "timming", H1, document="cjt188-2004"),
    "a device's address": Damage('address = "000000000001"', 'address = "xyz"', "devices[0].address", H1),
    "a device's key": Damage('address = "000000000001"', 'adress = "000000000001"', "did you mean address", H1),
    "a device's document": Damage('document = "cjt188-2004"', 'document = "cjt-2004"', "devices[1].document", H1),
    "a device's needless key": Damage('line = "bus-1"', 'line = "bus-1"\npol_s = 3', "devices[0].pol_s"),
    "a home without a name": Damage("[[devices]]", '[[homes]]\nname = "h-009"\n[[devices]]', "homes[1].id"),
    "a home's name": Damage('id = "h-001"\n', 'ident = "h-001"\n', "homes[0].id", H1),
    "a home twice": Damage("[[devices]]", '[[homes]]\nid = "h-001"\n[[devices]]', "taken already", H1),
    "a line": Damage('kind = "serial"', 'kind = "serail"', "lines[0].kind", H1),
    "a line's speed": Damage("retries = 1", 'retries = 1\nbaud = "fast"', "lines[0].baud"),
    "a preset": Damage("[[lines]]", '[detection]\npreset = "standrad"\n[[lines]]', "detection.preset"),
    "a budget": Damage("[[lines]]", "[detection]\nbudget = 0\n[[lines]]", "detection.budget"),
    "a strange table": Damage("[[lines]]", "[gatewy]\nx = 1\n[[lines]]", "gatewy"),
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of code and papers, to be damaged."""
    tree = tmp_path_factory.mktemp("tree")
    for room in ("gateway", "models", "config"):
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def command(tree: Path, name: str, config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", name, "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )


def damage(tree: Path, config: Path, damaged: Damage) -> Callable[[], None]:
    """Do it; return what puts it right."""
    file = tree / "config" / "devices" / f"{damaged.document}.toml" if damaged.document else config
    before = file.read_text() if file.exists() else None
    text = (before or "").replace(damaged.replaced, damaged.by, 1) if damaged.replaced else damaged.by
    assert text != before
    file.write_text(text)
    return lambda: file.unlink() if before is None else bool(file.write_text(before)) and None


def told_of(ingester: Any) -> set[str]:
    return {one.body["home"] for one in ingester.flags() if one.body["reason"] == "left_out"}


@pytest.mark.parametrize("name", DAMAGES)
def test_the_neighbours_fire_is_heard_and_what_is_left_out_is_told(
    daemon: Any, ingester: Any, papers: Path, wait_for: Any, name: str
) -> None:
    damaged = DAMAGES[name]
    put_right = damage(papers, daemon.config, damaged)
    daemon.tree = papers
    try:
        daemon.start()
        ingester.publish("zigbee2mqtt/h-002-smoke", '{"smoke": true}')
        wait_for(lambda: [one for one in ingester.flags() if one.body["kind"] == "smoke"], what="the fire")
        told = damaged.homes | {"gw-test"}
        wait_for(lambda: told <= told_of(ingester), what="what is left out")
        assert told_of(ingester) == told
        checked = command(papers, "check-config", daemon.config)
        assert (checked.returncode != 0, damaged.named in checked.stderr) == (True, True), checked.stderr
        wait_for(lambda: '"paper ' in command(papers, "status", daemon.config).stdout, what="the status")
        wait_for(
            lambda: any("paper " in str(one.body["troubles"]) for one in ingester.taken if one.kind == "heartbeat"),
            what="a heartbeat that tells it",
        )
        assert daemon.stop() == 0
    finally:
        put_right()


def test_it_is_told_once_and_that_it_is_over(daemon: Any, ingester: Any, papers: Path, wait_for: Any) -> None:
    def told() -> list[tuple[str, str]]:
        seen = {one.message_id: one.body for one in ingester.flags() if one.body["reason"] == "left_out"}
        return [(one["home"], one["event"]) for one in seen.values()]

    put_right = damage(papers, daemon.config, DAMAGES["a device's address"])
    daemon.tree = papers
    for run in (1, 2):
        daemon.start()
        wait_for(lambda run=run: daemon.log().count("reached") >= 2 * run, what="the sessions")
        wait_for(lambda: len(told()) == 2, what="the flags")
        assert daemon.stop() == 0
    put_right()
    daemon.start()
    wait_for(lambda: len(told()) == 4, what="the end")
    assert sorted(told()) == [(home, event) for home in ("gw-test", "h-001") for event in ("cleared", "raised")]
    assert daemon.stop() == 0


@pytest.mark.parametrize("text", ["[gateway", "", '[gateway]\nid = 5\n[[lines]]\nname = "x"\nkind = "mqtt"\n'])
def test_a_file_that_says_nothing_of_use_stops_it(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    assert command(ROOT, "run", path).returncode == 2
    with pytest.raises(ConfigError):
        load_tolerant(path)


def left_out(path: Path) -> list[LeftOut]:
    return list(load_tolerant(path).left_out)


def test_of_two_bad_entries_side_by_side_both_go_and_the_third_stays(tmp_path: Path) -> None:
    bad = '[[devices]]\nid = "{0}"\nhome = "{1}"\nline = "bus-1"\ndocument = "dlt645-2007"\naddress = "{2}"\n'
    text = GOOD.replace("[[devices]]", bad.format("a", "h-1", "x") + bad.format("b", "h-7", "y") + "[[devices]]", 1)
    path = write(tmp_path, text)
    assert sorted(one.name for one in left_out(path)) == ["a", "b"]
    assert [one.id for one in load_tolerant(path).settings.devices] == ["e-1", "s-1"]
    assert {one.name: one.home for one in left_out(path)} == {"a": "h-1", "b": "h-7"}


def test_nothing_goes_out_in_clear_because_of_a_typo(tmp_path: Path) -> None:
    text = GOOD.replace('key_file = "key"', 'key_file = "key"\ntls = {ca_file = "gone.pem", cert_file = "gone.pem"}')
    settings = load_tolerant(write(tmp_path, text)).settings
    assert settings.uplink is None or settings.uplink.tls is not None


def test_an_uplink_that_can_t_be_used_leaves_the_homes_watched(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace('key_file = "key"', 'key_file = "short"'))
    settings = load_tolerant(path).settings
    assert settings.uplink is None
    assert len(settings.devices) == 2
