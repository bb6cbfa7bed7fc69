"""A home's memory is written as what has changed: it comes back as it was, or is refused; and it is little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.state.store import Store
from gateway.watch.changes import change_of, changed
from gateway.watch.homes import HomeRoster, last_saved_ms, load_states, save_states
from models.household import panel
from models.household.settings import HomeSettings
from models.household.state import HomeState
from models.quantity import Quantity, Unit
from models.reading import Reading

START = datetime(2026, 11, 23, 4, tzinfo=UTC)
ROSTER = HomeRoster({"h-1": HomeSettings()}, {"w": "h-1"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "gateway.sqlite", "now")
    yield one
    one.close()


def live(state: HomeState, begin: int, end: int) -> None:
    """Let minutes pass: a litre every ten of them."""
    for minute in range(begin, end):
        at = START + timedelta(minutes=minute)
        litres = Decimal(1000 + minute // 10)
        panel.observe(state, Reading("w", Quantity.WATER_VOLUME, litres, Unit.LITRE, at), at)
        panel.tick(state, at)


def save(store: Store, state: HomeState, at_ms: int) -> None:
    with store.transaction() as db:
        save_states(db, {"h-1": state}, ["h-1"], at_ms)


def loaded(store: Store) -> HomeState:
    found = load_states(store.db, ROSTER, START)
    assert (found.fresh, found.unreadable) == ((), ())
    return found.states["h-1"]


@pytest.mark.parametrize("memory", [b"", b"{}", b'{"a": 1, "b": 3}', bytes(range(256)) * 50])
def test_what_has_changed_gives_the_memory_back(memory: bytes) -> None:
    whole = b'{"a": 1, "b": 2}' + bytes(range(200)) * 40
    assert changed(whole, change_of(whole, memory)) == memory


@pytest.mark.parametrize("part", [0, 1, 10, -1])
def test_a_change_of_another_whole_or_a_torn_one_is_refused(part: int) -> None:
    change = change_of(b"one whole copy of it", b"another memory, which is longer")
    with pytest.raises(ValueError, match="what has changed"):
        changed(b"a whole copy of something else", change)
    with pytest.raises(ValueError, match="what has changed"):
        changed(b"one whole copy of it", change[:part])


def test_a_home_comes_back_as_it_was_last_saved_and_little_was_written(store: Store) -> None:
    state = panel.new_home("h-1", HomeSettings(), START)
    live(state, 0, 3000)
    panel.drain_hours(state)
    save(store, state, 1)
    whole = store.db.execute("SELECT state FROM home_state").fetchone()[0]
    live(state, 3000, 3005)
    save(store, state, 2)
    assert store.db.execute("SELECT state, saved_at FROM home_state").fetchone() == (whole, 1), "it stays as it is"
    ((change, at_ms),) = store.db.execute("SELECT change, saved_at FROM home_since").fetchall()
    assert len(change) < len(whole) / 8
    assert (at_ms, last_saved_ms(store.db)) == (2, 2)
    assert changed(whole, change) == panel.dump(state)
    assert loaded(store).now == state.now


def test_when_too_much_has_changed_a_whole_copy_is_written_and_the_change_forgotten(store: Store) -> None:
    state = panel.new_home("h-1", HomeSettings(), START)
    save(store, state, 1)
    live(state, 0, 5000)
    save(store, state, 2)
    assert store.db.execute("SELECT state, saved_at FROM home_state").fetchone() == (panel.dump(state), 2)
    assert store.db.execute("SELECT count(*) FROM home_since").fetchone() == (0,)
    assert loaded(store).now == state.now


def test_a_change_that_does_not_fit_its_whole_copy_makes_the_home_start_anew_and_names_it(store: Store) -> None:
    state = panel.new_home("h-1", HomeSettings(), START)
    live(state, 0, 3000)
    save(store, state, 1)
    live(state, 3000, 3005)
    save(store, state, 2)
    store.db.execute("UPDATE home_state SET state = ?", (panel.dump(panel.new_home("h-1", HomeSettings(), START)),))
    assert load_states(store.db, ROSTER, START).unreadable == ("h-1",)
