"""Folder: the one place where a demonstration keeps its files. Made anew for every run, and used by one at a time."""

from __future__ import annotations

import fcntl
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

DEFAULT_NAME = ".demo"
_MARK = "linshe-demo.lock"


class FolderError(RuntimeError):
    """The folder can't be used: which, why, what to do."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The paths of one run. `lock` is held until the program ends."""

    root: Path
    lock: IO[str]

    @property
    def logs(self) -> Path:
        """Where every child's output goes."""
        return self.root / "logs"

    @property
    def lines(self) -> Path:
        """Where the serial lines have their names."""
        return self.root / "lines"

    @property
    def gateway_state(self) -> Path:
        """The gateway's state file."""
        return self.root / "gateway.sqlite"

    @property
    def database(self) -> Path:
        """The ingester's database."""
        return self.root / "ingest.sqlite"

    def release(self) -> None:
        """Let the next demonstration have the folder."""
        self.lock.close()

    def write(self, name: str, text: str, secret: bool = False) -> Path:
        """Write a file of the run and return its path."""
        path = self.root / name
        path.touch(mode=0o600 if secret else 0o644)
        path.write_text(text, encoding="utf-8")
        return path


def claim(root: Path) -> DemoFolder:
    """Return an empty folder at `root` that is ours alone; whatever an earlier run left there is removed.

    A folder that no demonstration made is not touched. Raises `FolderError`.
    """
    root = root.absolute()
    try:
        if root.is_symlink() or (root.exists() and not root.is_dir()):
            _refuse_foreign(root)
            root.unlink()
        root.mkdir(parents=True, exist_ok=True)
        mark = root / _MARK
        if not mark.exists() and any(root.iterdir()):
            _refuse_foreign(root)
        lock = _lock(root, mark)
        for entry in root.iterdir():
            if entry.name != _MARK:
                _remove(entry)
        folder = DemoFolder(root, lock)
        folder.logs.mkdir()
        folder.lines.mkdir()
    except OSError as error:
        raise FolderError(f"{root}: {error.strerror}; give --dir another folder") from error
    return folder


def _refuse_foreign(root: Path) -> None:
    if root.name != DEFAULT_NAME:
        raise FolderError(f"{root} was not made by a demonstration and is left alone; give --dir an empty folder")


def _lock(root: Path, mark: Path) -> IO[str]:
    if mark.is_dir():
        shutil.rmtree(mark)
    lock = mark.open("a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise FolderError(f"a demonstration is running in {root}; end it, or give --dir another folder") from error
    return lock


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
