"""The whole daemon as a process: real serial devices, a real broker, real signals."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SMOKE = "zigbee2mqtt/h-001-smoke"


def status(config: Path) -> dict[str, Any]:
    out = subprocess.run(
        [sys.executable, "-m", "gateway", "status", "--config", str(config)], capture_output=True, check=True
    )
    content: dict[str, Any] = json.loads(out.stdout)
    return content


def subscribed(daemon: Any, wait_for: Any) -> None:
    wait_for(lambda: daemon.log().count("reached") >= 2, what="the broker's sessions")


def test_meters_are_read_and_smoke_becomes_a_receipted_flag(
    daemon: Any, ingester: Any, meters: Any, wait_for: Any
) -> None:
    daemon.start()
    subscribed(daemon, wait_for)
    wait_for(lambda: {"000000000001", "00000000000001"} <= set(meters.asked), what="polls of both meters")
    ingester.publish(SMOKE, '{"smoke": true, "battery": 90, "linkquality": 80}')
    wait_for(ingester.flags, what="a smoke flag")
    flag = ingester.flags()[0].body
    assert (flag["home"], flag["kind"], flag["severity"], flag["event"]) == ("h-001", "smoke", "critical", "raised")
    wait_for(lambda: status(daemon.config)["flags"]["receipted"] == 1, what="the receipt")
    wait_for(lambda: status(daemon.config).get("devices"), what="a written status")
    assert daemon.stop() == 0
    told = status(daemon.config)
    assert told["flags"] == {"created": 1, "receipted": 1, "lost": 0}
    assert told["devices"]["h-001-e"]["answer_rate"] == 1.0
    assert told["devices"]["h-001-w"]["answers"] >= 1
    assert told["lines"] == {"bus-1": "ok", "detectors": "ok"}


def test_killed_again_and_again_it_loses_no_flag_and_gives_none_a_new_id(
    daemon: Any, ingester: Any, wait_for: Any
) -> None:
    ingester.deaf = True
    for number in (1, 2, 3):
        daemon.start()
        wait_for(lambda seen=number: daemon.log().count("reached") >= 2 * seen, what="the sessions")
        ingester.publish(f"zigbee2mqtt/h-00{number}-smoke", '{"smoke": true}')
        wait_for(lambda seen=number: len(set(ingester.flag_ids())) >= seen, what="a flag on its way")
        daemon.kill()
    before = {one.message_id: one.body["flag_id"] for one in ingester.flags()}
    told = status(daemon.config)["flags"]
    assert told["lost"] == 0
    assert told["receipted"] == 0
    assert told["created"] == 3
    ingester.deaf = False
    daemon.start()
    wait_for(lambda: status(daemon.config)["flags"]["receipted"] == told["created"], what="receipts for all flags")
    assert daemon.stop() == 0
    after = {one.message_id: one.body["flag_id"] for one in ingester.flags()}
    assert before.items() <= after.items()
    assert len(after) == len(set(after.values())) == 3


def test_a_broker_that_dies_loses_nothing_and_is_told_of(
    daemon: Any, broker: Any, ingester: Any, wait_for: Any
) -> None:
    daemon.start()
    subscribed(daemon, wait_for)
    ingester.deaf = True
    ingester.publish(SMOKE, '{"smoke": true}')
    wait_for(ingester.flags, what="the flag's first sending")
    broker.kill()
    wait_for(
        lambda: any("broker" in one for one in status(daemon.config)["troubles"]), what="the trouble in the status"
    )
    assert status(daemon.config)["outbox"]["waiting"]["flag"] == 1
    ingester.deaf = False
    broker.start()
    wait_for(lambda: status(daemon.config)["flags"]["receipted"] == 1, what="the receipt after the outage")
    assert len(set(ingester.flag_ids())) == 1


def test_a_meter_that_stops_gives_failures_and_never_a_reading(daemon: Any, meters: Any, wait_for: Any) -> None:
    meters.muted.add("000000000001")
    daemon.config.write_text(daemon.config.read_text().replace("answer_s = 20", "answer_s = 2"))
    daemon.start()
    wait_for(lambda: meters.asked.count("00000000000001") >= 2, what="polls of the other meter")
    wait_for(
        lambda: status(daemon.config).get("devices", {}).get("h-001-e", {}).get("failures", 0) >= 1, what="failures"
    )
    wait_for(lambda: status(daemon.config)["devices"]["h-001-w"]["answers"] >= 1, what="answers of the other meter")
    told = status(daemon.config)["devices"]
    assert told["h-001-e"]["answers"] == 0
    assert told["h-001-e"]["last_heard"] is None
    assert told["h-001-w"]["last_heard"] is not None


def test_a_state_file_of_rubbish_is_moved_aside_and_told_of(daemon: Any, ingester: Any, wait_for: Any) -> None:
    daemon.state.write_bytes(b"this is no database at all" * 1000)
    daemon.start()
    subscribed(daemon, wait_for)
    ingester.publish(SMOKE, '{"smoke": true}')
    wait_for(ingester.flags, what="a flag all the same")
    wait_for(lambda: status(daemon.config).get("devices"), what="a written status")
    assert any("not sound" in one for one in status(daemon.config)["troubles"])
    (aside,) = daemon.state.parent.glob("gateway.sqlite.unsound-*")
    assert aside.read_bytes().startswith(b"this is no database")


def test_the_service_manager_is_told_again_and_again_that_the_daemon_lives_and_that_it_goes(
    daemon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "door"))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "door"))
        daemon.start()
        told = [manager.recv(100) for _ in range(3)]
        assert told == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        assert daemon.stop() == 0
        while told[-1] == b"WATCHDOG=1":
            told.append(manager.recv(100))
    assert told[-1] == b"STOPPING=1"


def test_a_second_gateway_on_the_same_state_or_port_does_not_disturb_the_first(daemon: Any, wait_for: Any) -> None:
    daemon.start()
    wait_for(lambda: "runs:" in daemon.log(), what="the start")
    second = subprocess.run(
        [sys.executable, "-m", "gateway", "run", "--config", str(daemon.config)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert b"another gateway" in second.stderr
    assert daemon.stop() == 0


def test_told_to_stop_while_the_broker_is_gone_it_stops_at_once(
    daemon: Any, broker: Any, ingester: Any, wait_for: Any
) -> None:
    daemon.start()
    subscribed(daemon, wait_for)
    ingester.deaf = True
    ingester.publish(SMOKE, '{"smoke": true}')
    wait_for(ingester.flags, what="the flag")
    broker.kill()
    wait_for(lambda: "is gone" in daemon.log(), what="the loss of the broker")
    assert daemon.stop() == 0
    assert status(daemon.config)["outbox"]["waiting"]["flag"] == 1


def test_the_key_and_the_password_are_in_no_log_and_no_status(daemon: Any, ingester: Any, wait_for: Any) -> None:
    text = daemon.config.read_text()
    (daemon.config.parent / "password").write_text("open-sesame")
    daemon.config.write_text(
        text.replace("receipt_s", 'username = "gw-test"\npassword_file = "password"\nreceipt_s', 1)
    )
    daemon.start()
    subscribed(daemon, wait_for)
    ingester.publish(SMOKE, '{"smoke": true}')
    wait_for(ingester.flags, what="a flag")
    wait_for(lambda: status(daemon.config).get("devices"), what="a written status")
    shown = daemon.log() + json.dumps(status(daemon.config))
    assert "open-sesame" not in shown
    assert (daemon.config.parent / "key").read_text() not in shown
