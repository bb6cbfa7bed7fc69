"""The doctor finds what would keep a gateway from watching, and says what to do."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.__main__ import main
from gateway.commission import checks, reach
from gateway.commission.checks import CheckFinding
from gateway.links.mqtt_session import Tls

Examine = Callable[[str], tuple[int, dict[str, list[CheckFinding]]]]

GOOD = """
[gateway]
id = "gw-1"
[uplink]
host = "127.0.0.1"
port = {broker}
key_file = "key"
[[lines]]
name = "bus-1"
kind = "serial"
port = "{serial}"
[[homes]]
id = "h-1"
[[devices]]
id = "e-1"
home = "h-1"
line = "bus-1"
document = "dlt645-2007"
address = "000000000001"
"""


@pytest.fixture
def examine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Examine:
    def run(text: str) -> tuple[int, dict[str, list[CheckFinding]]]:
        config = tmp_path / "gateway.toml"
        config.write_text(text)
        key = tmp_path / "key"
        if not key.exists():
            key.write_text("ab" * 32)
            key.chmod(0o600)
        capsys.readouterr()
        code = main(["doctor", "--config", str(config), "--json"])
        found: dict[str, list[CheckFinding]] = {}
        for row in json.loads(capsys.readouterr().out):
            found.setdefault(row["what"], []).append(CheckFinding(**row))
        return code, found

    return run


def test_a_machine_that_is_ready_has_nothing_wrong(
    examine: Examine, broker: Any, meters: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checks, "_LEAST_FREE", 0)
    code, found = examine(GOOD.format(broker=broker.port, serial=meters.port))
    wrong = [one for rows in found.values() for one in rows if one.state == "wrong"]
    assert (code, wrong) == (0, [])
    assert "lets us in" in found["uplink"][0].text
    assert "opens" in found["line bus-1"][0].text
    assert {"disk", "clock", "uplink.key_file"} <= set(found)


def test_the_broker_away_a_missing_port_an_open_key_and_an_empty_home_are_each_told_with_advice(
    examine: Examine, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o644)
    text = GOOD.format(broker=1, serial=tmp_path / "ttyNOSUCH") + '[[homes]]\nid = "h-2"\n'
    code, found = examine(text)
    assert code == 1
    wrong = {what: one for what, rows in found.items() for one in rows if one.state == "wrong"}
    assert {"uplink", "line bus-1", "uplink.key_file", "home h-2"} <= set(wrong)
    assert all(one.advice for one in wrong.values())
    assert "chmod 600" in wrong["uplink.key_file"].advice
    assert "is not there" in wrong["line bus-1"].text


def test_a_modem_that_is_not_plugged_in_and_a_pin_for_everybody_are_told(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("0042")
    (tmp_path / "pin").chmod(0o644)
    text = GOOD.format(broker=1, serial=tmp_path / "ttyNOSUCH")
    text += f'[local_alarm.modem]\nport = "{tmp_path}/ttyMODEM"\npin_file = "pin"\n'
    text += '[[local_alarm.on_call]]\nperson = "vera"\nphone = "+8613800000001"\n'
    _, found = examine(text)
    (modem,) = found["local alarm by modem"]
    assert (modem.state, "ttyMODEM: is not there" in modem.text) == ("wrong", True)
    assert "nobody is told" in modem.advice
    assert found["local_alarm.modem.pin_file"][0].state == "wrong"


def test_a_bad_configuration_is_told_by_line_and_nothing_else_is_tried(examine: Examine) -> None:
    code, found = examine('[gateway]\nid = "gw-1"\ncolour = "red"\n')
    (rows,) = found.values()
    assert code == 1
    assert "line 3: gateway.colour" in rows[0].text


def test_a_bus_that_is_asked_for_too_much_is_told_before_it_runs(examine: Examine, meters: Any, broker: Any) -> None:
    text = GOOD.format(broker=broker.port, serial=meters.port).replace('"serial"\n', '"serial"\npoll_s = 1\n')
    for number in range(2, 12):
        text += f'[[devices]]\nid = "e-{number}"\nhome = "h-1"\nline = "bus-1"\n'
        text += f'document = "dlt645-2007"\naddress = "{number:012d}"\n'
    _, found = examine(text)
    assert any(one.state == "warning" and "raise poll_s" in one.advice for one in found["line bus-1"])


def test_a_clock_of_1970_is_wrong() -> None:
    (finding,) = checks.clock(datetime(1970, 1, 1, tzinfo=UTC))
    assert finding.state == "wrong"
    assert "only smoke counts" in finding.advice


def test_a_folder_that_is_not_there_or_full_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = checks.disk(tmp_path / "no" / "gateway.sqlite")
    assert finding.state == "wrong"
    monkeypatch.setattr(checks, "_LEAST_FREE", 1 << 62)
    (finding,) = checks.disk(tmp_path / "gateway.sqlite")
    assert "make room" in finding.advice
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


async def test_a_certificate_of_a_stranger_is_told_as_such(tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(tmp_path / "ca"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.issue_cert("localhost").configure_cert(context)
    server = await asyncio.start_server(lambda _r, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    finding = await reach.server("uplink", "localhost", port, reach._context(Tls(tmp_path / "ca")))
    assert finding.state == "wrong"
    assert "not to be believed" in finding.text
    server.close()
