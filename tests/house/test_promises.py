"""Each promise of docs/promises names what proves it: a test that is there, or a command of the Makefile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = {"docs/promises.md": "## The whole chain\n", "docs/promises.zh-CN.md": "## 整条链\n"}
DETAIL = "## The gateway in detail\n"


def proofs(name: str, heading: str = "") -> list[list[str]]:
    """Return what each row of the table under a heading names."""
    section = (ROOT / name).read_text(encoding="utf-8").split(heading or SECTIONS[name])[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [re.findall(r"`([^`]+)`", row.rsplit(" | ", 1)[1]) for row in rows]


@pytest.mark.parametrize("name", SECTIONS)
def test_each_promise_is_proven_by_something_that_is_there(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert len(proofs(name)) > 10
    for named in proofs(name):
        assert named
        for proof in named:
            if proof.startswith("make "):
                assert f"\n{proof.removeprefix('make ')}: " in makefile, proof
                continue
            file, _, test = proof.partition("::")
            assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), proof


def test_both_languages_promise_the_same() -> None:
    assert proofs("docs/promises.md") == proofs("docs/promises.zh-CN.md")


def test_each_promise_of_the_gateway_names_files_that_hold_tests() -> None:
    named = proofs("docs/promises.md", DETAIL)
    assert len(named) > 20
    for row in named:
        files = [proof for proof in row if proof.startswith("tests/")]
        assert files
        for file in files:
            assert re.search(r"^(async )?def test_\w+\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), file
