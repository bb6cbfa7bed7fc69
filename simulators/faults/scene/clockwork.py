"""Clockwork: a program's wall clock that can be set while it runs, by a small library put before the system's own.

The library is compiled for the run; on a machine without a C compiler clocks can't be hurt.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")


def build_library(folder: Path) -> Path | None:
    """Return the library, compiled into `folder`; None where there is no compiler or it refuses."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "clockwork.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own source
    return library if done.returncode == 0 else None


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The clock of the programs started with `environment`; `library` None leaves them the machine's own."""

    library: Path | None
    file: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program's environment must hold for its clock to be ours."""
        if self.library is None:
            return {}
        self.step(timedelta())
        return {"LD_PRELOAD": str(self.library), "LINSHE_CLOCK": str(self.file)}

    def step(self, by: timedelta) -> None:
        """Let the clock be wrong by so much, from now on. The file stays the same: programs have it in their memory."""
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", round(by.total_seconds())))
