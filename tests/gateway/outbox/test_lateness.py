"""A flag that could not leave says how long it lay, by a clock that nobody can set, and whether it is over by now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import to_ms
from gateway.outbox.outbox import Outbox
from gateway.outbox.priority import Rank
from gateway.state.store import Store
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.codec import decode, read_body, write_body
from models.wire.envelope import Envelope
from models.wire.messages import FlagBody

AT = datetime(2026, 11, 24, tzinfo=UTC)


class Rig:
    """An outbox whose two clocks the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.steady, self.wall = folder, 0.0, AT
        self.open()

    def open(self) -> None:
        self.store = Store(self.folder / "g.sqlite", "t")
        self.outbox = Outbox(self.store, 10.0, 100, lambda: self.steady)

    def restart(self) -> None:
        self.store.close()
        self.steady = 0.0
        self.open()

    def put(self, number: int, event: FlagEvent, episode: str = "ep") -> None:
        name = f"{episode}.{number}"
        body = FlagBody(
            name, episode, number, "h", FlagKind.SMOKE, Severity.CRITICAL, event, AT, AT, 1.0, "smoke", "烟", "Smoke"
        )
        envelope = Envelope(f"m-{name}", "gw", "b", 1, self.wall, "flag", write_body(body))
        with self.store.transaction() as db:
            self.outbox.put_flag(db, name, event.value, Rank.SMOKE, envelope)

    def sent(self) -> dict[str, tuple[float, bool]]:
        self.outbox.hurry()
        leased = self.outbox.lease(self.steady)
        envelopes = [decode(self.outbox.to_send(one, to_ms(self.wall))) for one in leased]
        flags = [read_body(one, FlagBody) for one in envelopes]
        assert [one.message_id for one in envelopes] == [f"m-{flag.flag_id}" for flag in flags]
        return {flag.flag_id: (flag.waited_s, flag.over) for flag in flags}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    one = Rig(tmp_path)
    yield one
    one.store.close()


def test_below_a_minute_it_goes_as_it_was_made(rig: Rig) -> None:
    rig.put(0, FlagEvent.RAISED)
    rig.steady = 59.9
    (one,) = rig.outbox.lease(rig.steady)
    assert rig.outbox.to_send(one, to_ms(AT)) is one.envelope


def test_the_wait_runs_on_a_clock_that_nobody_sets(rig: Rig) -> None:
    rig.put(0, FlagEvent.RAISED)
    rig.steady, rig.wall = 7200.0, AT - timedelta(days=300)
    assert rig.sent() == {"ep.0": (7200.0, False)}
    rig.wall = AT + timedelta(days=300)
    assert rig.sent() == {"ep.0": (7200.0, False)}


def test_after_a_restart_the_wall_counts_and_one_that_was_not_set_makes_nothing_older(rig: Rig) -> None:
    rig.put(0, FlagEvent.RAISED)
    rig.restart()
    rig.wall = AT + timedelta(days=2)
    assert rig.sent() == {"ep.0": (2 * 86400.0, False)}
    rig.wall = AT - timedelta(days=20_000)
    assert rig.sent() == {"ep.0": (0.0, False)}


def test_what_has_ended_meanwhile_says_so_and_its_end_does_not(rig: Rig) -> None:
    rig.put(0, FlagEvent.RAISED)
    rig.put(1, FlagEvent.UPDATED)
    rig.put(0, FlagEvent.RAISED, "ep0")
    rig.put(2, FlagEvent.CLEARED)
    rig.steady = 3600.0
    assert rig.sent() == {
        "ep.0": (3600.0, True),
        "ep.1": (3600.0, True),
        "ep.2": (3600.0, False),
        "ep0.0": (3600.0, False),
    }


def test_what_is_no_flag_is_left_as_it_is(rig: Rig) -> None:
    envelope: Any = Envelope("s-1", "gw", "b", 1, AT, "usage_summary", {"home": "h", "hours": []})
    with rig.store.transaction() as db:
        rig.outbox.put(db, Rank.SUMMARY, envelope)
    rig.steady = 1e6
    (one,) = rig.outbox.lease(rig.steady)
    assert rig.outbox.to_send(one, to_ms(AT)) is one.envelope
