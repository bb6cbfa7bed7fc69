"""Shelter: a gateway whose disk takes no writes at its start works on a copy of its state in memory, until it does.

The copy lies in a folder of the machine's memory under a name of its own, so that a gateway that is killed meanwhile
finds it again. It counts only as long as the file on the disk is still the one that was copied: whoever has put another
one there (a restored backup, or this program itself, moved over) has the last word. While it moves over, the copy
counts whatever the disk looks like: a kill in the middle leaves a half file there. A power cut empties the memory.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
import stat
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gateway.state.store import TAILS, DiskError, StateInUseError, Store, StoreError, move_aside

log = logging.getLogger(__name__)

ROOTS = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 - the folder in it is ours alone
"""Where memory, or at least another disk, may be written to."""
_OF = "of"
"""The file beside the copy that says which file on the disk it was copied from."""
_ANEW = "anew"
"""The file beside a state that begins anew, because the one on the disk can't be read: that one is not written over."""
_MOVING = "moving"
"""The file beside a copy that is being moved over: nobody but this program has touched the file on the disk since."""

_UNKNOWN = "unknown"


class FallbackStore(Store):
    """A store whose file is a copy in memory. `sheltered` says why, None once it has moved over to the disk."""

    def __init__(self, own: Path, folder: Path, stamp: str, why: str) -> None:
        super().__init__(folder / own.name, stamp)
        self._own = own
        self._folder = folder
        self.sheltered: str | None = why

    def move_over(self, stamp: str) -> bool:
        """Go over to the disk if it takes writes by now; everything is there then, in one commit, or nothing is."""
        if self.sheltered is None:
            return True
        moving = self._folder / _MOVING
        anew = self._folder / _ANEW
        try:
            moving.touch()
            if anew.exists():
                if self._own.exists():
                    move_aside(self._own, f"unread-{stamp}")
                anew.unlink()  # what lies there from now on is ours
            disk = Store(self._own, stamp)
        except (StoreError, OSError) as error:
            return self._stay(str(error))
        try:
            self.db.backup(disk.db)
        except sqlite3.Error as error:
            disk.close()
            return self._stay(f"{self._own}: {error}")
        # the disk has everything, and nothing is written to either until the copy counts no more
        (self._folder / _OF).unlink(missing_ok=True)
        moving.unlink()
        self.take_over(disk)
        shutil.rmtree(self._folder, ignore_errors=True)
        self.sheltered = None
        log.warning("the disk takes writes again: %s has everything", self._own)
        return True

    def _stay(self, why: str) -> bool:
        """Go on in memory; what the attempt has left on the disk is what the copy is newer than."""
        self.sheltered = why
        with suppress(OSError):
            _mark(self._folder, self._own)
            (self._folder / _MOVING).unlink(missing_ok=True)
        return False


def open_state(own: Path, stamp: str, roots: Sequence[Path] = ROOTS) -> Store:
    """Open the state file, or, while its disk takes no writes, a copy in memory.

    Raises `StoreError` when the file must not be used, or when there is no memory to copy it to either.
    """
    folders = _folders(own, roots)
    for folder in folders:
        if _is_of(folder, own):
            try:
                store = FallbackStore(own, folder, stamp, "not tried yet")
            except StateInUseError:
                raise
            except StoreError as error:
                log.warning("a copy of %s was left in memory, but can't be used: %s", own, error)
            else:
                log.warning("a copy of %s was left in memory; it is newer than the disk's", own)
                store.move_over(stamp)
                return store
        leave(folder)
    try:
        return Store(own, stamp)
    except DiskError as error:
        folder = _copied(own, folders, error)
        log.error("nothing is stored: %s. Working from memory, and trying the disk again", error)  # noqa: TRY400
        return FallbackStore(own, folder, stamp, str(error))


def state_file(own: Path, roots: Sequence[Path] = ROOTS) -> Path:
    """Return where the state is to be read: in the copy in memory, while that is what counts, else on the disk."""
    return next((folder / own.name for folder in _folders(own, roots) if _is_of(folder, own)), own)


def _folders(own: Path, roots: Sequence[Path]) -> list[Path]:
    return [root / f"linshe-{os.geteuid()}-{zlib.crc32(str(own.absolute()).encode()):08x}" for root in roots]


def _copied(own: Path, folders: Sequence[Path], why: DiskError) -> Path:
    for folder in folders:
        with suppress(OSError):
            folder.mkdir(mode=0o700)
            if not _read_into(folder, own):
                (folder / _ANEW).touch()
            _mark(folder, own)
            return folder
        leave(folder)
    raise why


def _read_into(folder: Path, own: Path) -> bool:
    """Copy the file and its log; False when they can't be read, and then nothing is there."""
    for tail in TAILS[:2]:
        copy = folder / f"{own.name}{tail}"
        try:
            copy.write_bytes(own.with_name(own.name + tail).read_bytes())
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            log.error("%s can't be read either (%s): beginning anew", own, error.strerror)  # noqa: TRY400
            for torn in TAILS[:2]:
                (folder / f"{own.name}{torn}").unlink(missing_ok=True)
            return False
    return True


def _is_of(folder: Path, own: Path) -> bool:
    """Return whether a copy of the file as it is now lies here, made by us and closed to others."""
    try:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            return False
        if (folder / _MOVING).exists():
            return True
        marked, now = (folder / _OF).read_text().split("\n"), _identity(own).split("\n")
        # what the disk can't even tell is no file that somebody has put there
        return len(marked) == len(now) and all(a == b or _UNKNOWN in {a, b} for a, b in zip(marked, now, strict=True))
    except OSError:
        return False


def _mark(folder: Path, own: Path) -> None:
    (folder / _OF).write_text(_identity(own))


def _identity(own: Path) -> str:
    """Return what changes when a file is written or replaced."""
    parts = []
    for tail in TAILS[:2]:
        try:
            found = own.with_name(own.name + tail).stat()
            parts.append(f"{found.st_ino} {found.st_size} {found.st_mtime_ns}")
        except FileNotFoundError:
            parts.append("none")
        except OSError:
            parts.append(_UNKNOWN)
    return "\n".join(parts)


def leave(folder: Path) -> None:
    """Forget a copy that does not count any more; one of somebody else's is left alone."""
    with suppress(OSError):
        if folder.lstat().st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)
