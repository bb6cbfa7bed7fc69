"""Papers: locks with hashes and no addresses, no hosts of registries, no machine's own paths in any file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source import ROOT

# written in pieces, so that this file does not find itself
REGISTRIES = "|".join(
    re.escape(".".join(parts))
    for parts in [
        ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"), ("cdn", "jsdelivr", "net"),
        ("unpkg", "com"), ("proxy", "golang", "org"), ("crates", "io"), ("cdnjs", "cloudflare", "com"),
        ("deb", "debian", "org"), ("objects", "githubusercontent", "com"), ("ghcr", "io"), ("docker", "io"),
    ]
)  # fmt: skip
DOWNLOADS = r"github\.com/[^\s\"')]+/(?:releases/download|archive|raw)/|\.whl\b(?=[\"'\s)#])"
MACHINE_PATHS = r"(?<![\w.~-])/(?:root|work|Users)/\w|(?<![\w.~/-])/home/(?!linshe\b)\w|(?<![\w.~/-])/tmp/(?!\$|\{)\w"
FORBIDDEN = re.compile(f"{REGISTRIES}|{DOWNLOADS}|{MACHINE_PATHS}")

SUFFIXES = {
    ".py", ".md", ".toml", ".lock", ".txt", ".sh", ".yml", ".yaml", ".json", ".html", ".css", ".js", ".cfg", ".ini",
    ".service", ".conf", ".csv", ".jsonl", ".po", "",
}  # fmt: skip
SKIPPED = {"node_modules", "__pycache__", "build", "dist"}
REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==\S+")


def papers(root: Path) -> Iterator[Path]:
    """Every text file of the tree that belongs to it."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED and (not name.startswith(".") or name == ".ci")]
        for name in files:
            file = Path(folder) / name
            if file.suffix in SUFFIXES and (not name.startswith(".") or name == ".gitignore"):
                yield file


def findings(text: str) -> list[str]:
    """Return what must not stand in a file of ours."""
    return FORBIDDEN.findall(text)


def test_no_registry_download_address_or_machine_path_in_any_file() -> None:
    found = {}
    for file in papers(ROOT):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if hits := findings(text):
            found[file.relative_to(ROOT).as_posix()] = hits[:3]
    assert found == {}


def lock_faults(text: str) -> list[str]:
    """Return what is wrong with a lock file: requirements without version or hash, addresses, options."""
    faults = [f"address: {line}" for line in text.splitlines() if "://" in line or " @ " in line]
    for entry in re.sub(r"\\\n", " ", text).splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        if not REQUIREMENT.match(entry):
            faults.append(f"no exact version: {entry[:60]}")
        elif "--hash=sha256:" not in entry:
            faults.append(f"no hash: {entry[:60]}")
    return faults


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_have_versions_and_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert lock_faults(text) == []
    assert len(REQUIREMENT.findall(text)) + text.count("\n") > 100


def test_both_locks_agree_on_every_version() -> None:
    def versions(lock: str) -> set[str]:
        return set(re.findall(r"^[A-Za-z0-9._-]+==[^\s;\\]+", (ROOT / lock).read_text(), re.MULTILINE))

    runtime = versions("requirements.lock")
    assert len(runtime) > 30
    assert runtime <= versions("requirements-dev.lock")


@pytest.mark.parametrize(
    "planted",
    [
        "index-url = https://" + "pypi" + ".org/simple",
        "see https://github.com" + "/a/b/releases/download/v1/x.tar.gz",
        "open('/" + "root/x')",
        "path = /" + "work/main",
        "cd /" + "tmp/abc",
        "/" + "home/alice/linshe",
    ],
)
def test_a_planted_address_or_path_is_found(planted: str) -> None:
    assert len(findings(planted)) == 1


@pytest.mark.parametrize("honest", ["/var/lib/linshe", "tmp_path / 'x'", "a/work/b", "https://linshe.example/t/abc"])
def test_an_honest_line_is_left_alone(honest: str) -> None:
    assert findings(honest) == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("a==1.0\n", "no hash"),
        ("a>=1.0 --hash=sha256:00\n", "no exact version"),
        ("--index-url https://x\n", "address"),
        ("a @ https://x/a --hash=sha256:00\n", "address"),
    ],
)
def test_a_planted_fault_in_a_lock_is_found(planted: str, fault: str) -> None:
    assert any(fault in found for found in lock_faults(planted))
