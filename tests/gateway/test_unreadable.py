"""A smoke detector's message that nobody can read becomes work within the minute, once, until one can be read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.test_daemon import SMOKE, subscribed

TORN = '{"smo": tru, "x": "SMOKE'


def told(ingester: Any) -> list[tuple[str, str]]:
    """Return what was told of unreadable messages, each message once."""
    seen = {one.message_id: one.body for one in ingester.flags() if one.body["reason"] == "unreadable"}
    return [(one["event"], one["severity"]) for one in seen.values()]


def beats(ingester: Any) -> int:
    return sum(one.kind == "heartbeat" for one in ingester.taken)


@pytest.mark.parametrize(
    ("payload", "severity", "heals"),
    [
        ("\x00\x01\x02 rubbish", "maintenance", '{"battery": 90}'),
        ('{"battery": "half"}', "maintenance", '{"battery": 90}'),
        (TORN, "urgent", '{"smoke": false}'),
        ('{"smoke": "perhaps", "battery": 90}', "urgent", '{"smoke": false}'),
        ('{"smoke": "perhaps", "battery": 90}', "urgent", '{"smoke": true}'),
    ],
)
def test_an_unreadable_message_is_told_once_and_is_over_with_one_that_can_be_read(
    daemon: Any, ingester: Any, wait_for: Any, payload: str, severity: str, heals: str
) -> None:
    daemon.start()
    subscribed(daemon, wait_for)
    for _ in range(4):
        ingester.publish(SMOKE, payload)
    wait_for(lambda: told(ingester), what="the trouble")
    now = beats(ingester)
    wait_for(lambda: beats(ingester) >= now + 2, what="two heartbeats")
    assert told(ingester) == [("raised", severity)]
    ingester.publish(SMOKE, heals)
    wait_for(lambda: len(told(ingester)) == 2, what="its end")
    assert told(ingester)[1] == ("cleared", severity)
    kinds = [one.body["kind"] for one in ingester.flags() if one.body["home"] == "h-001"]
    assert kinds.count("smoke") == (1 if "true" in heals else 0)
    assert daemon.stop() == 0


def test_what_may_have_been_an_alarm_is_not_over_because_a_battery_can_be_read(
    daemon: Any, ingester: Any, wait_for: Any
) -> None:
    daemon.start()
    subscribed(daemon, wait_for)
    ingester.publish(SMOKE, "\x00\x01\x02 rubbish")
    wait_for(lambda: told(ingester) == [("raised", "maintenance")], what="the trouble")
    ingester.publish(SMOKE, TORN)
    wait_for(lambda: told(ingester)[1:] == [("updated", "urgent")], what="that it is worse")
    ingester.publish(SMOKE, '{"battery": 90}')
    now = beats(ingester)
    wait_for(lambda: beats(ingester) >= now + 2, what="two heartbeats")
    assert len(told(ingester)) == 2
    ingester.publish("zigbee2mqtt/h-002-smoke", '{"smoke": true}')
    wait_for(lambda: any(one.body["kind"] == "smoke" for one in ingester.flags()), what="the neighbour's fire")
    assert daemon.stop() == 0


def test_an_alarm_that_can_be_read_in_a_broken_message_is_an_alarm_and_no_trouble(
    daemon: Any, ingester: Any, wait_for: Any
) -> None:
    daemon.start()
    subscribed(daemon, wait_for)
    ingester.publish(SMOKE, '{"smoke": true, "temperature": nan,}')
    wait_for(lambda: any(one.body["kind"] == "smoke" for one in ingester.flags()), what="the alarm")
    assert told(ingester) == []
    assert daemon.stop() == 0
