"""The clock of a running gateway is set, as a process sees it: nobody is silent, fire is heard and dated rightly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators.faults.scene.clockwork import Clockwork, build_library
from tests.gateway.test_daemon import SMOKE, status, subscribed

HOUR = timedelta(hours=1)


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    library = build_library(tmp_path)
    assert library is not None, "a C compiler is needed"
    one = Clockwork(library, tmp_path / "clk")
    for name, value in one.environment.items():
        monkeypatch.setenv(name, value)
    return one


def started(daemon: Any, meters: Any, ingester: Any, wait_for: Any) -> None:
    """Start, until both meters have answered and the detector was heard."""
    daemon.start()
    subscribed(daemon, wait_for)
    wait_for(lambda: {"000000000001", "00000000000001"} <= set(meters.asked), what="polls of both meters")
    ingester.publish(SMOKE, '{"smoke": false}')
    wait_for(lambda: any(one.kind == "heartbeat" for one in ingester.taken), what="a heartbeat")


def alarm(ingester: Any, wait_for: Any, number: int) -> dict[str, Any]:
    """Let the detector of home `number` alarm; return its flag."""
    ingester.publish(f"zigbee2mqtt/h-00{number}-smoke", '{"smoke": true}')
    wait_for(lambda: [one for one in ingester.flags() if one.body["home"] == f"h-00{number}"], what="the alarm")
    return [one.body for one in ingester.flags() if one.body["home"] == f"h-00{number}"][-1]  # type: ignore[no-any-return]


def off_by(flag: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(flag["at"]) - datetime.now(UTC)


def kinds(ingester: Any) -> set[str]:
    return {one.body["kind"] for one in ingester.flags()}


@pytest.mark.parametrize("leap", [6 * HOUR, -3 * HOUR, timedelta(weeks=1024)])
def test_a_leap_that_nobody_vouches_for_is_not_followed_and_is_told(
    daemon: Any, meters: Any, ingester: Any, wait_for: Any, clock: Clockwork, leap: timedelta
) -> None:
    started(daemon, meters, ingester, wait_for)
    clock.step(leap)
    wait_for(lambda: "has leapt by" in daemon.log(), what="the leap")
    asked = len(meters.asked)
    wait_for(lambda: len(meters.asked) > asked + 4, what="polls after the leap")
    flag = alarm(ingester, wait_for, 2)
    assert abs(off_by(flag)) < timedelta(minutes=1)
    assert flag["clock_trusted"] is False
    wait_for(lambda: any("has leapt" in one for one in status(daemon.config)["troubles"]), what="the trouble")
    clock.step(timedelta())
    wait_for(lambda: not any("leapt" in one for one in status(daemon.config)["troubles"]), what="its end")
    assert alarm(ingester, wait_for, 3)["clock_trusted"] is True
    assert kinds(ingester) == {"smoke"}
    assert daemon.stop() == 0


@pytest.mark.parametrize("leap", [6 * HOUR, -3 * HOUR])
def test_a_leap_that_ingest_confirms_is_followed_and_nobody_is_silent_or_asked_late(
    daemon: Any, meters: Any, ingester: Any, wait_for: Any, clock: Clockwork, leap: timedelta
) -> None:
    started(daemon, meters, ingester, wait_for)
    ingester.ahead = leap
    clock.step(leap)
    wait_for(lambda: "the clock was set by" in daemon.log(), what="the leap")
    asked = len(meters.asked)
    wait_for(lambda: len(meters.asked) > asked + 4, what="polls after the leap")
    flag = alarm(ingester, wait_for, 2)
    assert abs(off_by(flag) - leap) < timedelta(minutes=1)
    assert flag["clock_trusted"] is True
    wait_for(lambda: status(daemon.config)["flags"]["receipted"] == 1, what="the receipt")
    beats = len(ingester.taken)
    wait_for(lambda: any(one.kind == "heartbeat" for one in ingester.taken[beats:]), what="a heartbeat after it")
    (home,) = [one for one in ingester.taken[-1].body.get("homes", []) if one["home"] == "h-001"] or [{"blind": False}]
    assert home["blind"] is False
    assert kinds(ingester) == {"smoke"}
    assert daemon.stop() == 0
