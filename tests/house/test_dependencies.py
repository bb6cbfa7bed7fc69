"""Dependencies: what each way of installing needs is all it gets, each for a reason, and the wheel carries no tests."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from .source import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
DAEMON = [
    "gateway.__main__",
    "gateway.app",
    *(f"gateway.commission.{command}" for command in ("doctor", "scan", "probe", "backup")),
]
_BLOCKING = """
import importlib, sys
allowed = set(sys.argv[1].split())
class Block:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names and not top.startswith("_sysconfigdata"):
            raise ImportError(f"{name} is not installed here")
sys.meta_path.insert(0, Block())
for module in sys.argv[2:]:
    importlib.import_module(module)
"""


def _plain(requirement: str) -> str:
    return re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")


def modules_of(requirements: Iterable[str]) -> set[str]:
    """Return the top-level modules that these requirements bring by themselves."""
    wanted = {_plain(one) for one in requirements}
    found = packages_distributions().items()
    return {name for name, brought in found if wanted & {one.lower().replace("_", "-") for one in brought}}


def import_with(requirements: Iterable[str], ours: Iterable[str], modules: Iterable[str]) -> str:
    """Import `modules` where only `requirements` and `ours` are to be had; return what went wrong."""
    allowed = " ".join({*modules_of(requirements), *ours})
    run = [sys.executable, "-c", _BLOCKING, allowed, *modules]
    return subprocess.run(run, capture_output=True, text=True, check=False, cwd=ROOT).stderr


def test_a_gateway_runs_on_what_its_extra_installs() -> None:
    needed = [*PROJECT["dependencies"], *EXTRAS["gateway"]]
    assert import_with(needed, ("gateway", "models"), DAEMON) == ""


@pytest.mark.parametrize("missing", ["msgspec", "paho-mqtt", "pyserial"])
def test_a_gateway_needs_each_of_them(missing: str) -> None:
    needed = [one for one in (*PROJECT["dependencies"], *EXTRAS["gateway"]) if _plain(one) != missing]
    assert "is not installed here" in import_with(needed, ("gateway", "models"), DAEMON)


def test_no_extra_but_these_brings_the_heavy_libraries() -> None:
    heavy = {"numpy", "scikit-learn", "pyarrow"}
    lists = {"": PROJECT["dependencies"], **EXTRAS}
    assert {name for name, wanted in lists.items() if heavy & {_plain(one) for one in wanted}} == {"fit", "backtest"}


def test_each_dependency_has_its_reason() -> None:
    start, end = PYPROJECT.index("dependencies = ["), PYPROJECT.index("[dependency-groups]")
    entries = [line for line in PYPROJECT[start:end].splitlines() if line.startswith('    "')]
    assert len(entries) == len(PROJECT["dependencies"]) + sum(len(one) for one in EXTRAS.values())
    assert [line for line in entries if not re.search(r'", # \w', line)] == []


def test_the_wheel_carries_the_four_packages_and_config_and_no_tests(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True, cwd=ROOT)
    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as held:
        tops = {name.partition("/")[0] for name in held.namelist()}
    assert {one for one in tops if not one.endswith(".dist-info")} == {
        *("gateway", "ingest", "models", "simulators", "config"),
    }
