"""SCAIP alarms to a foreign SIP peer: Debian's sipp plays the receiving centre by a scenario written here."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.channels.contract import Delivered, Delivery, Rejected, Unreachable
from ingest.outward.forwarders.contract import Forward, Forwarder
from ingest.outward.forwarders.registry import build_forwarders
from ingest.outward.plugins.scaip.scaip_xml import ref_of
from tests.ports import own_port

SCENARIO = Path(__file__).parent / "sipp" / "centre.xml"
PATIENCE_S = 60.0


@contextmanager
def centre(folder: Path, transport: str, *, verdict: int = 0, hold_ms: int = 1) -> Iterator[tuple[int, Path]]:
    """Run sipp for one call; yield its port and where it writes what it saw. Its own checks must all hold."""
    text = SCENARIO.read_text(encoding="utf-8").replace("[hold]", str(hold_ms)).replace("[verdict]", str(verdict))
    (folder / "centre.xml").write_text(text, encoding="utf-8")
    port, process = _running(folder, transport)
    try:
        yield port, folder / "seen.log"
        assert process.wait(PATIENCE_S) == 0, _said(folder)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _running(folder: Path, transport: str) -> tuple[int, subprocess.Popen[bytes]]:
    """Start sipp and wait until its socket is in the kernel's table: a datagram to nobody would only be lost."""
    program = shutil.which("sipp")
    assert program, "install sip-tester (tests/packages.txt)"
    for _ in range(3):  # a stranger to these tests may have taken the port
        port = own_port()
        arguments = [program, "-sf", "centre.xml", "-i", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin"]
        arguments += ["-t", {"udp": "u1", "tcp": "t1"}[transport], "-trace_msg", "-message_file", "seen.log"]
        arguments += ["-timeout", f"{PATIENCE_S:.0f}s"]
        with (folder / "sipp.out").open("wb") as out:
            process = subprocess.Popen(arguments, stdout=out, stderr=out, cwd=folder)
        end = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < end:
            if f"0100007F:{port:04X}" in Path(f"/proc/net/{transport}").read_text():
                return port, process
            time.sleep(0.02)
        process.kill()
        process.wait()
    raise AssertionError(_said(folder))


def _said(folder: Path) -> str:
    return (folder / "sipp.out").read_text(errors="replace")[-3000:]


def way_to(port: int, transport: str, folder: Path, **changes: object) -> Forwarder:
    table = {
        "kind": "scaip",
        "host": "127.0.0.1",
        "port": port,
        "transport": transport,
        "target": f"sip:centre@127.0.0.1:{port}",
        "sender": "sip:linshe@127.0.0.1",
        "controller_id": "4711",
        "local_host": "127.0.0.1",
        "answer_within_s": PATIENCE_S,
        "t1_s": 0.5,
        **changes,
    }
    return build_forwarders({"arc": table}, folder, time.time)["arc"]


async def told(port: int, transport: str, folder: Path, smoke: Forward) -> Delivery:
    way = way_to(port, transport, folder)
    try:
        return await way.send(smoke)
    finally:
        # sipp must have our 200 before the line goes: it ends only then
        await way.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_an_alarm_is_taken_and_the_centres_own_message_ends_it(
    transport: str, tmp_path: Path, smoke: Forward
) -> None:
    with centre(tmp_path, transport) as (port, seen):
        assert await told(port, transport, tmp_path, smoke) == Delivered(ref_of("t-1.1"))
    text = seen.read_text(encoding="utf-8", errors="replace")
    assert "The smoke detector sounds &amp; nobody &lt;answers&gt;." in text
    assert "<lte>1-1 客厅</lte>" in text
    assert "<pri>0</pri>" in text


async def test_a_slow_centre_gets_the_same_message_again_and_takes_it_once(tmp_path: Path, smoke: Forward) -> None:
    with centre(tmp_path, "udp", hold_ms=1200) as (port, seen):
        assert await told(port, "udp", tmp_path, smoke) == Delivered(ref_of("t-1.1"))
    text = seen.read_text(encoding="utf-8", errors="replace")
    branches = re.findall(r"MESSAGE sip:centre@.*?branch=(\S+)", text, re.DOTALL)
    assert len(branches) >= 2, "unanswered for 1.2 s: sent again after 0.5 s at the latest"
    assert len(set(branches)) == 1, "the same transaction"


@pytest.mark.parametrize(("verdict", "kind"), [(3, Rejected), (6, Unreachable)])
async def test_what_the_centre_says_no_to_is_final_or_comes_again(
    verdict: int, kind: type[Rejected | Unreachable], tmp_path: Path, smoke: Forward
) -> None:
    with centre(tmp_path, "udp", verdict=verdict) as (port, _):
        assert await told(port, "udp", tmp_path, smoke) == kind(f"127.0.0.1: SCAIP status {verdict}")
