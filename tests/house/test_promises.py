"""Each promise of the README names what proves it: a test that is there, or a command of the Makefile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = {"README.md": "## Promises, and what proves them\n", "README.zh-CN.md": "## 承诺与证明\n"}


def proofs(name: str) -> list[list[str]]:
    """Return what each row of the table names."""
    section = (ROOT / name).read_text(encoding="utf-8").split(SECTIONS[name])[1].split("\n## ")[0]
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
    assert proofs("README.md") == proofs("README.zh-CN.md")
