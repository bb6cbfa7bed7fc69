"""Children: the programs of the demonstration, as processes of their own. One that dies is started again.

Each child is in a session of its own, so that Ctrl-C reaches only us and we end them in order; and the kernel ends them
if we are killed ourselves.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

_RESTART_S = 0.3
_STOP_S = 6.0
_TOO_OFTEN = 5
"""A child that ends so often within `_TOO_OFTEN_S` seconds will not come up at all, unless it is meant to be killed."""
_TOO_OFTEN_S = 60.0
_PR_SET_PDEATHSIG = 1


class ChildError(RuntimeError):
    """A program of the demonstration does not run: which, and the end of what it said."""


@dataclass(slots=True)
class Child:
    """One program: its name, how it is called, where its output goes."""

    name: str
    command: Sequence[str]
    log: Path
    user: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    ended_at: list[float] = field(default_factory=list)
    restarts: int = 0
    spawning: asyncio.Lock = field(default_factory=asyncio.Lock)
    may_run: asyncio.Event = field(default_factory=asyncio.Event)

    def last_words(self) -> str:
        """Return the end of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-12:])


class Supervisor:
    """Starts children, keeps them alive, and ends them in reverse order."""

    def __init__(self, logs: Path, on_restart: Callable[[str], None], too_often: int = _TOO_OFTEN) -> None:
        """`too_often`: a child that ends so many times within a minute is given up."""
        self._logs = logs
        self._on_restart = on_restart
        self._too_often = too_often
        self._children: dict[str, Child] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    async def run_once(self, name: str, module: str, *arguments: str) -> str:
        """Run a program of ours to its end and return what it printed; raises `ChildError` when it fails."""
        return await self.run_command(name, _command(module, arguments))

    async def run_command(self, name: str, command: Sequence[str], user: str | None = None) -> str:
        """Run any program to its end, as another user if one is named; raises `ChildError` when it fails."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            user=user,
            preexec_fn=self._die_with_parent,
        )
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise ChildError(f"{name} failed:\n{err.decode(errors='replace').strip()}")
        return out.decode()

    async def start(self, name: str, module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """Start a program of ours that is to run until `stop`, with `env` beside our own environment."""
        return await self.start_command(name, _command(module, arguments), env=env)

    async def start_command(
        self, name: str, command: Sequence[str], user: str | None = None, env: Mapping[str, str] | None = None
    ) -> Child:
        """Start any program that is to run until `stop`, as another user if one is named."""
        child = Child(name, command, self._logs / f"{name}.log", user=user, env=env or {})
        child.may_run.set()
        self._children[name] = child
        await self._spawn(child)
        self._keepers[name] = asyncio.create_task(self._keep(child), name=f"keep {name}")
        return child

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a child as a power cut would; it is started again like after any other death."""
        process = self._children[name].process
        if process is not None and process.returncode is None:
            process.send_signal(how)

    async def hold(self, name: str) -> None:
        """Kill a child (-9) and keep it down until `release`; returns when it has ended."""
        child = self._children[name]
        child.may_run.clear()
        async with child.spawning:
            process = child.process
        self.kill(name)
        if process is not None:
            await process.wait()

    def release(self, name: str) -> None:
        """Let a child that was held run again."""
        self._children[name].may_run.set()

    def pid(self, name: str) -> int | None:
        """Return the process number of a child that runs now."""
        process = self._children[name].process
        return None if process is None or process.returncode is not None else process.pid

    def failed(self) -> ChildError | None:
        """Return why a child can't be kept alive, if one can't."""
        for keeper in self._keepers.values():
            if keeper.done() and not keeper.cancelled():
                error = keeper.exception()
                if isinstance(error, ChildError):
                    return error
        return None

    async def until(self, good: Callable[[], bool], name: str, within_s: float) -> None:
        """Wait until `good`, asked in a thread, says that `name` has come up.

        Raises `ChildError` when it takes longer than `within_s` seconds, or when any child can't be kept alive.
        """
        deadline = time.monotonic() + within_s
        while not await asyncio.to_thread(good):
            failure = self.failed()
            if failure is not None:
                raise failure
            if time.monotonic() > deadline:
                raise ChildError(f"{name} did not come up within {within_s:g} s; see {self._logs}")
            await asyncio.sleep(0.05)

    @property
    def restarts(self) -> int:
        """How often a child had to be started again."""
        return sum(child.restarts for child in self._children.values())

    async def stop(self, *names: str) -> None:
        """End the named children, or all, last started first."""
        for name in reversed(names or tuple(self._children)):
            child, keeper = self._children.pop(name, None), self._keepers.pop(name, None)
            if child is not None and keeper is not None:
                async with child.spawning:  # never in the middle of a start, or that process would be nobody's
                    keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)
            if child is not None and child.process is not None:
                await _end(child.process)

    async def _spawn(self, child: Child) -> None:
        with child.log.open("ab") as output:
            child.process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=child.user,
                env={**os.environ, **child.env},
                preexec_fn=self._die_with_parent,
            )

    async def _keep(self, child: Child) -> None:
        while True:
            assert child.process is not None
            await child.process.wait()
            now = time.monotonic()
            child.ended_at = [*[at for at in child.ended_at if now - at < _TOO_OFTEN_S], now]
            if len(child.ended_at) >= self._too_often:
                ended = len(child.ended_at)
                raise ChildError(f"{child.name} ended {ended} times in a row; it last said:\n{child.last_words()}")
            child.restarts += 1
            self._on_restart(child.name)
            await asyncio.sleep(_RESTART_S)
            await child.may_run.wait()
            async with child.spawning:
                await self._spawn(child)

    def _die_with_parent(self) -> None:
        """Runs in the child before it becomes the program."""
        if self._libc is not None:
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _command(module: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        log.warning("process %d did not end when asked to, and is killed", process.pid)
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
