"""State files of every version that was ever written: opened, nothing lost, worked with. No file is ever changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.commission.backup import examine
from gateway.local_alarm.memory import FACT, recalled
from gateway.outbox.outbox import Outbox, flag_counts, waiting
from gateway.state.store import VERSION, Store
from gateway.watch.homes import HomeRoster, load_states
from models.household.settings import HomeSettings
from models.wire.messages import ReceiptLine, ReceiptStatus
from tests.gateway.local_alarm.conftest import AT

FILES = sorted((Path(__file__).parent / "databases").glob("*.sql"), key=lambda file: int(file.stem))


def test_there_is_one_of_every_version() -> None:
    assert [int(file.stem) for file in FILES] == list(range(1, VERSION + 1))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_state_file_of_an_older_version_is_opened_and_nothing_is_lost(file: Path, tmp_path: Path) -> None:
    state = tmp_path / "gateway.sqlite"
    with closing(sqlite3.connect(state)) as made:
        made.executescript(file.read_text(encoding="utf-8"))
    assert examine(state) == "the memories of 1 homes, 2 messages that wait"
    store = Store(state, "t")
    try:
        assert store.repaired is None
        assert waiting(store.db) == {"flag": 1, "usage_summary": 1}
        homes = {"h-1": HomeSettings(zone=ZoneInfo("Asia/Shanghai"))}
        loaded = load_states(store.db, HomeRoster(homes, {}), AT)
        assert (loaded.fresh, loaded.unreadable) == ((), ())
        assert [one.kind for one in loaded.states["h-1"].episodes.values()] == ["smoke"], "the alarm still goes on"
        memory = recalled(store.fact(FACT))
        assert memory is not None
        assert [one.person for one in memory.situations["ep"].tellings] == ["vera"]
        outbox = Outbox(store, 10.0, 100)
        assert [one.message_id for one in outbox.lease(0.0)] == ["m-flag", "m-summary"]
        outbox.done([ReceiptLine("m-flag", ReceiptStatus.STORED)], 1)
        counts = flag_counts(store.db)
        assert (counts.created, counts.receipted, counts.lost) == (2, 2, 0)
    finally:
        store.close()
