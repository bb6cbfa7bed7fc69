"""Docs: every link of every paper leads somewhere, and every file that a paper names in backticks is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .source import ROOT

FOLDERS = ("docs", "gateway", "ingest", "models", "simulators")
PAPERS = sorted(
    [*ROOT.glob("*.md"), *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.md"))],
)
TOPS = "gateway|ingest|models|simulators|config|tests|docs"


def _prose(text: str) -> str:
    """Return the text without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```$", "", text)


def broken_links(file: Path, text: str) -> list[str]:
    """Return the links and pictures of a paper that lead to no file; addresses and places on a page are left alone."""
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", _prose(text))]
    return [link for link in links if link and "://" not in link and not (file.parent / link).exists()]


def missing_files(file: Path, text: str) -> list[str]:
    """Return the files and folders that a paper names and that are neither below the root nor beside the paper."""
    named = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)(?:::\w+)?`", _prose(text))
    places = [
        name for name in named if re.match(rf"(?:{TOPS})/", name) or ("/" in name and re.search(r"\.\w+$|/$", name))
    ]
    return [name for name in places if not (ROOT / name).exists() and not (file.parent / name).exists()]


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", PAPERS, ids=_name)
def test_every_link_of_a_paper_leads_somewhere(file: Path) -> None:
    assert broken_links(file, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", PAPERS, ids=_name)
def test_every_file_that_a_paper_names_is_there(file: Path) -> None:
    assert missing_files(file, file.read_text(encoding="utf-8")) == []


def test_the_papers_are_found() -> None:
    assert len(PAPERS) > 25


def test_planted_faults_of_a_paper_are_found() -> None:
    file = ROOT / "docs" / "tour.md"
    assert broken_links(file, "[a](wire.md) [b](no-such.md#x) [c](https://linshe.example/x)") == ["no-such.md"]
    text = "`models/flag.py` `models/no_flag.py` `decisions/wire.md` `attic/` `a/b` `tests/no.py::test_x`"
    assert missing_files(file, text) == ["models/no_flag.py", "attic/", "tests/no.py"]
