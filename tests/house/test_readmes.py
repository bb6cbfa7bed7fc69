"""Both READMEs: one page, the same sections, the same commands. The programs' paper: each command and example works."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from gateway import __main__ as gateway
from ingest import __main__ as ingest
from ingest.channels.registry import build_channels
from ingest.outward.history.settings import read_influx
from ingest.settings import load_settings
from simulators import __main__ as simulators

from .source import ROOT

READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")}
ENGLISH, CHINESE = READMES.values()
MANUAL = (ROOT / "docs" / "programs.md").read_text(encoding="utf-8")
MOST_LINES = 150
PROGRAMS = {"linshe-gateway": gateway.main, "linshe-ingest": ingest.main, "linshe-sim": simulators.main}


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def outline(text: str) -> list[tuple[int, int, int, int]]:
    """Return, for each section: its level, and how many list points, table rows and pictures are in it."""
    found: list[tuple[int, int, int, int]] = []
    for section in re.split(r"(?m)^(?=#+ )", re.sub(r"(?ms)^```.*?^```$", "", text)):
        if section.startswith("#"):
            lines = section.splitlines()
            points, rows = (sum(line.startswith(start) for line in lines) for start in ("- ", "|"))
            found.append((len(lines[0].split(" ")[0]), points, rows, section.count("![")))
    return found


def commands(text: str) -> list[str]:
    """Return the commands that a README shows."""
    return [line for block in blocks(text, "sh") for line in block.splitlines() if line and not line.startswith("#")]


def named_paths(text: str) -> set[str]:
    """Return the files and folders that a README names in backticks, links or pictures."""
    quoted = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", re.sub(r"(?ms)^```.*?^```$", "", text))
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    return {path for path in quoted if "/" in path and not path.startswith(".venv")} | set(linked)


def test_both_readmes_have_the_same_sections() -> None:
    assert outline(ENGLISH) == outline(CHINESE)
    assert len(outline(ENGLISH)) > 5


def test_both_readmes_have_the_same_code() -> None:
    assert blocks(ENGLISH, "sh") == blocks(CHINESE, "sh") != []


@pytest.mark.parametrize("name", list(READMES))
def test_a_readme_is_one_page(name: str) -> None:
    assert READMES[name].count("\n") <= MOST_LINES


@pytest.mark.parametrize("name", list(READMES))
def test_everything_a_readme_names_is_there(name: str) -> None:
    paths = named_paths(READMES[name])
    assert len(paths) > 15
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_both_readmes_name_the_same_places() -> None:
    def places(text: str) -> set[str]:
        named = {path for path in named_paths(text) if not re.search(r"-(?:en|zh)\.png", path)}
        return {path.replace(".zh-CN.md", ".md") for path in named} - {"README.md"}

    assert places(ENGLISH) == places(CHINESE)


def _help(program: str, subcommands: list[str]) -> str:
    """Return the help of a sub-command, "" if there is none."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        try:
            PROGRAMS[program]([*subcommands, "--help"])
        except SystemExit as end:
            if end.code != 0:
                return ""
    begins = f"usage: {' '.join([program, *subcommands])} "
    usage = re.sub(r"^usage: \S+", f"usage: {program}", said.getvalue())
    return usage if usage.startswith(begins) else ""


def fault_of(command: str) -> str | None:
    """Return what is wrong with a command, None if it exists with all its sub-commands and options."""
    program, *words = shlex.split(command)
    if program == "make":
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        return None if words[0] in targets else f"make has no target {words[0]}"
    if program not in PROGRAMS:
        return f"no program {program}"
    subcommands: list[str] = []
    shown = _help(program, [])
    for before, word in pairwise(["", *words]):
        if before.startswith("--") or not re.fullmatch(r"[a-z]+(-[a-z]+)*", word):
            continue
        if not (help_text := _help(program, [*subcommands, word])):
            return f"{program} has no {' '.join([*subcommands, word])}"
        subcommands.append(word)
        shown += help_text
    missing = [word for word in words if word.startswith("--") and f"{word} " not in shown.replace("]", " ")]
    return f"{program} has no option {missing[0]}" if missing else None


@pytest.mark.parametrize("command", [*commands(ENGLISH), *commands(MANUAL)])
def test_every_command_exists(command: str) -> None:
    assert fault_of(command) is None


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("make coffee", "no target coffee"),
        ("linshe-gateway fly", "no fly"),
        ("linshe-gateway run --faster", "no option --faster"),
        ("linshe-ingest user remove --login x", "no user remove"),
        ("linshe-ingest user add --logn x", "no option --logn"),
        ("ls -l", "no program ls"),
    ],
)
def test_a_planted_command_that_does_not_exist_is_found(planted: str, fault: str) -> None:
    assert fault in (fault_of(planted) or "")


def _papers(folder: Path) -> None:
    for_gateway, for_ingest = blocks(MANUAL, "toml")
    (folder / "gateway.toml").write_text(for_gateway, encoding="utf-8")
    (folder / "ingest.toml").write_text(for_ingest, encoding="utf-8")
    for key in ("gw-1.key", "master.key"):
        (folder / key).write_text("0f" * 32)
    for secret in re.findall(r'"([\w.-]+\.(?:token|secret))"', for_ingest):
        (folder / secret).write_text("hush")


def test_the_gateways_example_is_a_good_one(tmp_path: Path, authority_pem: bytes) -> None:
    _papers(tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority_pem)
    assert gateway.main(["check-config", "--config", str(tmp_path / "gateway.toml")]) == 0


def test_the_ingesters_example_is_a_good_one(tmp_path: Path, authority_pem: bytes) -> None:
    _papers(tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority_pem)
    settings = load_settings(tmp_path / "ingest.toml")
    assert set(build_channels(settings.notify, settings.base)) == {"sms", "dingtalk"}
    assert settings.influx is not None
    assert read_influx(settings.influx, settings.base).bucket == "linshe"


def test_a_planted_difference_between_the_readmes_is_found() -> None:
    assert outline(ENGLISH.replace("\n## How it is built\n", "\n")) != outline(CHINESE)
    assert outline(ENGLISH + "\n- one more\n") != outline(CHINESE)
    assert blocks(ENGLISH.replace("make demo\n", "make dem\n"), "sh") != blocks(CHINESE, "sh")


def test_a_planted_path_that_is_not_there_is_found() -> None:
    assert named_paths("see `gateway/attic/` and [x](no/such.md)") == {"gateway/attic/", "no/such.md"}
