"""A disk that takes no writes at the start: the gateway watches all the same, says so, and moves over when it may."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.commission.backup import back_up, restore
from gateway.outbox.outbox import flag_counts
from gateway.state.fallback_store import FallbackStore, open_state, state_file
from gateway.state.store import DiskError, StateInUseError, Store, StoreError, read_only
from gateway.watch.disk import REASON, DiskWatch
from models.flag import FlagEvent, FlagKind, Severity


def _as_root(*command: str) -> list[str]:
    """Only root may mount; whoever has installed the packages that the tests need may become it."""
    return [*([] if os.geteuid() == 0 else ["sudo", "-n"]), *command]


class Disk:
    """A disk of its own, a real one to the kernel: it can be full or read-only."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.state = place / "gateway.sqlite"

    def remount(self, how: str) -> None:
        subprocess.run(_as_root("mount", "-o", f"remount,{how}", str(self.place)), check=True)

    def fill(self) -> None:
        with (self.place / "filler").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def empty(self) -> None:
        (self.place / "filler").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(_as_root("mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "tmpfs", str(place)), check=True)
    yield Disk(place)
    subprocess.run(_as_root("umount", "-l", str(place)), check=True)


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    """Where the copy goes: the first can't be written to."""
    (tmp_path / "memory").mkdir()
    return [tmp_path / "not there", tmp_path / "memory"]


def remember(store: Store, value: str) -> None:
    with store.transaction():
        store.remember("word", value)


def on_disk(disk: Disk) -> str | None:
    with closing(Store(disk.state, "t")) as store:
        return store.fact("word")


def test_a_read_only_disk_is_read_worked_on_in_memory_and_written_when_it_may_be(
    disk: Disk, tmp_path: Path, roots: list[Path]
) -> None:
    with closing(Store(tmp_path / "gateway.sqlite", "t")) as first:
        remember(first, "in the log only, not yet in the file")
        for tail in ("", "-wal"):
            shutil.copyfile(f"{first.path}{tail}", f"{disk.state}{tail}")
    disk.remount("ro")
    store = open_state(disk.state, "t", roots)
    assert isinstance(store, FallbackStore)
    assert "Read-only" in str(store.sheltered)
    assert store.fact("word") == "in the log only, not yet in the file"
    remember(store, "newer")
    assert not store.move_over("t")
    with closing(read_only(state_file(disk.state, roots))) as db:
        assert db.execute("SELECT value FROM facts WHERE name = 'word'").fetchone() == ("newer",)
    disk.remount("rw")
    assert store.move_over("t")
    assert store.sheltered is None
    remember(store, "newest")
    with pytest.raises(StateInUseError):
        Store(disk.state, "t")
    store.close()
    assert on_disk(disk) == "newest"
    assert list(roots[1].iterdir()) == []
    assert state_file(disk.state, roots) == disk.state


def test_without_any_file_on_a_read_only_disk_it_begins_anew_in_memory(disk: Disk, roots: list[Path]) -> None:
    disk.remount("ro")
    store = open_state(disk.state, "t", roots)
    remember(store, "made here")
    disk.remount("rw")
    assert isinstance(store, FallbackStore)
    assert store.move_over("t")
    store.close()
    assert on_disk(disk) == "made here"


def test_a_full_disk_at_the_start_is_no_reason_not_to_start(disk: Disk, roots: list[Path]) -> None:
    disk.fill()
    store = open_state(disk.state, "t", roots)
    remember(store, "made here")
    assert isinstance(store, FallbackStore)
    assert not store.move_over("t")
    disk.empty()
    assert store.move_over("t")
    store.close()
    assert on_disk(disk) == "made here"


def test_a_file_that_cannot_be_read_either_is_put_aside_and_never_written_over(
    disk: Disk, roots: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(disk.state, "t")) as first:
        remember(first, "cannot be read")
    content = disk.state.read_bytes()
    read = Path.read_bytes

    def worn(path: Path) -> bytes:
        if path == disk.state:
            raise OSError(errno.EIO, "Input/output error")
        return read(path)

    disk.remount("ro")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", worn)
        store = open_state(disk.state, "t", roots)
    assert store.fact("word") is None
    remember(store, "begun anew")
    disk.remount("rw")
    assert isinstance(store, FallbackStore)
    assert store.move_over("t")
    store.close()
    assert on_disk(disk) == "begun anew"
    assert (disk.place / "gateway.sqlite.unread-t").read_bytes() == content


def test_killed_while_it_works_from_memory_it_finds_its_copy_again(disk: Disk, roots: list[Path]) -> None:
    Store(disk.state, "t").close()
    disk.remount("ro")
    killed = open_state(disk.state, "t", roots)
    remember(killed, "before the kill")
    with pytest.raises(StateInUseError):
        open_state(disk.state, "t", roots)
    killed.close()
    again = open_state(disk.state, "t", roots)
    assert again.fact("word") == "before the kill"
    again.close()
    disk.remount("rw")
    moved = open_state(disk.state, "t", roots)
    assert moved.path == disk.state
    assert moved.fact("word") == "before the kill"
    moved.close()
    assert list(roots[1].iterdir()) == []


_KILLED_AT_A_LINE = """
import os, signal, sys
from pathlib import Path
from gateway.state.fallback_store import FallbackStore, open_state

left = int(sys.argv[1])

def trace(frame, event, arg):
    global left
    if frame.f_code is not FallbackStore.move_over.__code__:
        return None
    left -= event == "line"
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return trace

sys.settrace(trace)
open_state(Path(sys.argv[2]), "t", [Path(sys.argv[3])])
"""


def test_killed_at_any_line_of_moving_over_it_has_forgotten_nothing(disk: Disk, roots: list[Path]) -> None:
    with closing(Store(disk.state, "t")) as first:
        remember(first, "what the disk has")
    number, killed = 0, True
    while killed:
        number += 1
        disk.remount("ro")
        with closing(open_state(disk.state, "t", roots)) as store:
            remember(store, f"newer {number}")
        disk.remount("rw")
        command = [sys.executable, "-c", _KILLED_AT_A_LINE, str(number), str(disk.state), str(roots[1])]
        killed = subprocess.run(command, check=False).returncode == -signal.SIGKILL
        with closing(read_only(state_file(disk.state, roots))) as db:
            assert db.execute("SELECT value FROM facts").fetchone() == (f"newer {number}",), f"killed at line {number}"
        with closing(open_state(disk.state, "t", roots)) as store:
            assert store.path == disk.state
            assert store.fact("word") == f"newer {number}", f"killed at line {number}"
    assert number > 10, "every line had its kill"


def test_killed_after_an_attempt_that_failed_it_finds_its_copy_again_and_puts_one_file_aside(
    disk: Disk, roots: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(disk.state, "t")) as first:
        remember(first, "cannot be read")
    read = Path.read_bytes

    def worn(path: Path) -> bytes:
        if path == disk.state:
            raise OSError(errno.EIO, "Input/output error")
        return read(path)

    disk.remount("ro")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", worn)
        store = open_state(disk.state, "t", roots)
    assert isinstance(store, FallbackStore)
    remember(store, "begun anew")
    with store.transaction():
        store.remember("large", "x" * 3_000_000)
    disk.remount("rw")
    for attempt in ("1", "2", "3"):
        assert not store.move_over(attempt), "three megabytes do not fit"
    assert [one.name for one in disk.place.glob("*.unread-*")] == ["gateway.sqlite.unread-1"]
    store.close()
    with closing(open_state(disk.state, "t", roots)) as again:
        assert again.fact("word") == "begun anew"


def test_a_disk_that_fails_to_tell_what_is_on_it_is_no_reason_to_forget_the_copy(
    disk: Disk, roots: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(disk.state, "t").close()
    disk.remount("ro")
    store = open_state(disk.state, "t", roots)
    remember(store, "newer")
    find = Path.stat

    def worn(path: Path, **how: Any) -> os.stat_result:
        if path.parent == disk.place:
            raise OSError(errno.EIO, "Input/output error")
        return find(path, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", worn)
        assert isinstance(store, FallbackStore)
        assert not store.move_over("t")
        assert state_file(disk.state, roots) == store.path
    store.close()
    with closing(open_state(disk.state, "t", roots)) as again:
        assert again.fact("word") == "newer"


def test_a_backup_is_not_restored_beside_a_gateway_that_works_from_memory_and_counts_when_it_has_ended(
    disk: Disk, tmp_path: Path, roots: list[Path]
) -> None:
    with closing(Store(disk.state, "t")) as first:
        remember(first, "backed up")
        back_up(disk.state, tmp_path / "backup")
    disk.remount("ro")
    running = open_state(disk.state, "t", roots)
    remember(running, "newer")
    disk.remount("rw")
    before = disk.state.read_bytes()
    with pytest.raises(StateInUseError):
        restore(tmp_path / "backup", disk.state, "t", replace=True, roots=roots)
    assert disk.state.read_bytes() == before
    running.close()
    (folder,) = roots[1].iterdir()
    (folder / "moving").touch()  # it was killed while it moved over
    restore(tmp_path / "backup", disk.state, "t", replace=True, roots=roots)
    with closing(open_state(disk.state, "t", roots)) as store:
        assert store.fact("word") == "backed up"


def test_a_copy_counts_no_more_when_somebody_has_put_another_file_on_the_disk(disk: Disk, roots: list[Path]) -> None:
    Store(disk.state, "t").close()
    disk.remount("ro")
    killed = open_state(disk.state, "t", roots)
    remember(killed, "old news")
    killed.close()
    disk.remount("rw")
    with closing(Store(disk.state, "t")) as restored:
        remember(restored, "restored")
    store = open_state(disk.state, "t", roots)
    assert store.fact("word") == "restored"
    store.close()
    assert list(roots[1].iterdir()) == []


def test_a_copy_that_others_could_have_made_does_not_count(disk: Disk, roots: list[Path]) -> None:
    Store(disk.state, "t").close()
    disk.remount("ro")
    killed = open_state(disk.state, "t", roots)
    remember(killed, "whose?")
    killed.close()
    (folder,) = roots[1].iterdir()
    folder.chmod(0o777)
    store = open_state(disk.state, "t", roots)
    assert store.fact("word") is None
    store.close()


def test_a_mistake_of_a_person_is_still_refused_and_so_is_a_disk_without_any_memory_beside_it(
    disk: Disk, tmp_path: Path, roots: list[Path]
) -> None:
    with pytest.raises(StoreError, match="check that the folder is there") as missing:
        open_state(tmp_path / "nowhere" / "gateway.sqlite", "t", roots)
    assert not isinstance(missing.value, DiskError)
    disk.remount("ro")
    with pytest.raises(DiskError, match="Read-only"):
        open_state(disk.state, "t", roots[:1])


def test_the_disks_flag_is_about_the_gateway_raised_once_and_cleared() -> None:
    now = datetime(2026, 11, 26, 4, tzinfo=UTC)
    watch = DiskWatch("gw-1")
    assert watch.note(None, now) == []
    (raised,) = watch.note("read-only", now)
    assert (raised.home, raised.kind, raised.severity, raised.event, raised.reason) == (
        "gw-1",
        FlagKind.DEVICE_TROUBLE,
        Severity.MAINTENANCE,
        FlagEvent.RAISED,
        REASON,
    )
    assert watch.note("full", now + timedelta(minutes=1)) == []
    (cleared,) = watch.note(None, now + timedelta(minutes=2))
    assert (cleared.episode, cleared.event, cleared.number) == (raised.episode, FlagEvent.CLEARED, 1)
    assert watch.note(None, now + timedelta(minutes=3)) == []


@pytest.mark.parametrize("memory", ["2026-11-26T04:00:00", "nonsense", "", None])
def test_the_disks_episode_goes_on_in_the_next_run_and_what_is_no_memory_of_it_begins_none(memory: str | None) -> None:
    now = datetime(2026, 11, 26, 4, 0, 0, 123456, tzinfo=UTC)
    first = DiskWatch("gw-1", memory)
    (raised,) = first.note("read-only", now)
    second = DiskWatch("gw-1", first.memory())
    assert second.note("read-only", now + timedelta(hours=1)) == []
    (cleared,) = DiskWatch("gw-1", second.memory()).note(None, now + timedelta(hours=2))
    assert (cleared.episode, cleared.since, cleared.number) == (raised.episode, now, 1)
    assert second.note(None, now) != []
    assert DiskWatch("gw-1", second.memory()).note(None, now) == []


def test_the_real_gateway_on_a_read_only_disk_sends_smoke_says_so_and_goes_over_to_the_disk(
    daemon: Any, disk: Disk, ingester: Any, wait_for: Any
) -> None:
    daemon.config.write_text(daemon.config.read_text().replace("save_s", f'state = "{disk.state}"\nsave_s', 1))
    disk.remount("ro")

    def status() -> dict[str, Any]:
        command = [sys.executable, "-m", "gateway", "status", "--config", str(daemon.config)]
        content: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return content

    def kinds() -> list[tuple[str, str]]:
        return [(str(one.body["kind"]), str(one.body["event"])) for one in ingester.flags()]

    daemon.start()
    wait_for(lambda: daemon.log().count("reached") >= 2, what="the broker's sessions")
    assert "nothing is stored" in daemon.log()
    ingester.publish("zigbee2mqtt/h-001-smoke", '{"smoke": true}')
    wait_for(lambda: {("smoke", "raised"), ("device_trouble", "raised")} <= set(kinds()), what="both flags")
    wait_for(lambda: any("nothing is stored" in one for one in status()["troubles"]), what="the trouble in the status")
    beats = [one.body for one in ingester.taken if one.kind == "heartbeat"]
    assert any("nothing is stored" in text for text in beats[-1]["troubles"])
    assert list(disk.place.iterdir()) == []
    daemon.kill()
    daemon.start()
    wait_for(lambda: daemon.log().count("reached") >= 4, what="the sessions after the kill")
    disk.remount("rw")
    wait_for(lambda: "the disk takes writes again" in daemon.log(), what="the way over to the disk")
    wait_for(lambda: ("device_trouble", "cleared") in kinds(), what="the end of the trouble")
    assert state_file(disk.state) == disk.state
    wait_for(lambda: not [one for one in status()["troubles"] if "stored" in one], what="a status without it")
    assert daemon.stop() == 0
    episodes = {str(one.body["episode"]) for one in ingester.flags() if one.body["kind"] == "device_trouble"}
    assert len(episodes) == 1, "one trouble with the disk, over a kill"
    smoke = {one.message_id for one in ingester.flags() if one.body["kind"] == "smoke"}
    assert len(smoke) == 1, "raised once, over a kill without any disk"
    with closing(read_only(disk.state)) as db:
        counts = flag_counts(db)
    assert counts.lost == 0
    assert counts.created == counts.receipted >= 3
