"""State saver: when what is written. Its loop spares the card, and looks whether the disk takes writes again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo

from gateway.clock import Clock
from gateway.pipeline import Pipeline
from gateway.state.archive import Archive
from gateway.state.facts import FactStore
from gateway.state.fallback_store import FallbackStore
from gateway.state.store import Store
from gateway.watch.clockwatch import ClockWatch
from gateway.watch.disk import DiskWatch

DISK = "disk"
"""The fact that says since when nothing is stored: a copy in memory has it, and a disk that has healed since."""
STATUS_S = 60.0
"""How soon what is wrong stands in the state file, for `status`; what is not wrong waits for the next save."""
_AGAIN_S = 10.0
"""How often a disk that takes no writes is tried."""
_SUMMARY_EVERY = timedelta(minutes=15)
_LEDGER_KEPT = timedelta(days=90)


class StateSaver:
    """Writes memories, snapshots and odd frames; sends summaries. `troubles` and `snapshots` come from the report."""

    def __init__(
        self,
        *,
        gateway: str,
        store: Store,
        facts: FactStore,
        pipeline: Pipeline,
        archive: Archive,
        clock: Clock,
        clockwatch: ClockWatch,
        zone: tzinfo,
        save_s: float,
        troubles: Callable[[], list[str]],
        snapshots: Callable[[], Mapping[str, str]],
    ) -> None:
        self._store = store
        self._facts = facts
        self._pipeline = pipeline
        self._archive = archive
        self._clock = clock
        self._clockwatch = clockwatch
        self._zone = zone
        self._save_s = save_s
        self._troubles = troubles
        self._snapshots = snapshots
        self._disk = DiskWatch(gateway, facts.recall(DISK))

    def disk_trouble(self) -> str | None:
        """Return why nothing is stored, None while it is."""
        store = self._store
        if isinstance(store, FallbackStore) and store.sheltered is not None:
            return f"state file: nothing is stored, the gateway works from memory: {store.sheltered}"
        return self._facts.disk_trouble

    def disk_troubles(self) -> list[str]:
        """Return the same as troubles in words, none or one."""
        trouble = self.disk_trouble()
        return [] if trouble is None else [trouble]

    async def run(self) -> None:
        """Save for ever."""
        summary_due, save_due, told = self._clock.beat(), 0.0, self._trouble_names()
        self._watch_disk()
        while True:
            failing = self.disk_trouble() is not None
            await asyncio.sleep(min(self._save_s, _AGAIN_S if failing else STATUS_S))
            moved = failing and self._move_over()
            names = self._trouble_names()
            if failing or moved or names != told or self._clock.monotonic() >= save_due:
                save_due, told = self._clock.monotonic() + self._save_s, names
                self._save()
            self._watch_disk()
            if self._clock.beat() >= summary_due:
                # after the save, so that there is time for receipts before the next one writes what has none
                summary_due = self._clock.beat() + _SUMMARY_EVERY
                self._pipeline.summarize()
                if self._clockwatch.trusted:
                    self._pipeline.tell_habits(self._clock.now().astimezone(self._zone).date())
                self._pipeline.forget(self._clock.wall() - _LEDGER_KEPT)

    def close(self) -> None:
        """Write everything for the last time."""
        self._pipeline.summarize()
        self._save()

    def _save(self) -> None:
        self._pipeline.save(self._snapshots())
        self._archive.save(self._clock.wall())

    def _move_over(self) -> bool:
        store = self._store
        if not isinstance(store, FallbackStore) or store.sheltered is None:
            return False
        return store.move_over(self._clock.wall().strftime("%Y%m%dT%H%M%SZ"))

    def _watch_disk(self) -> None:
        flags = self._disk.note(self.disk_trouble(), self._clock.now())
        self._pipeline.tell(flags, (DISK, self._disk.memory()))

    def _trouble_names(self) -> list[str]:
        """Return what is wrong without the words that change while it is the same."""
        return [text.partition(":")[0] for text in self._troubles()]
