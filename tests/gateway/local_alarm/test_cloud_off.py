"""The real gateway, a real broker, an ingester that says nothing, a modem in its port: the phone on the spot rings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.health.status import read_status
from gateway.outbox.outbox import flag_counts
from gateway.state.store import read_only
from models.wire.codec import read_body
from models.wire.messages import ToldLocally
from tests.gateway.local_alarm.conftest import Stick

ON_CALL = """
[local_alarm]
after_s = 5
[local_alarm.modem]
port = "{port}"
[[local_alarm.on_call]]
person = "vera"
phone = "+8613800000001"
"""


async def until(condition: Callable[[], object], what: str) -> None:
    async with asyncio.timeout(90):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_smoke_alarm_that_ingest_does_not_take_is_told_once_over_two_kills(
    daemon: Any, ingester: Any, stick: Stick, tmp_path: Path
) -> None:
    daemon.config.write_text(daemon.config.read_text() + ON_CALL.format(port=stick.port))
    ingester.deaf = True
    daemon.start()
    smoke = json.dumps({"smoke": True, "battery": 99})
    await asyncio.to_thread(ingester.publish, "zigbee2mqtt/h-001-smoke", smoke)
    await until(lambda: stick.modem.sent, "the message")
    assert stick.modem.sent[0].number == "+8613800000001"
    assert "h-001" in stick.modem.sent[0].text
    for _ in range(2):
        await until(lambda: "told_locally" in {one.kind for one in ingester.taken}, "the word to ingest")
        daemon.kill()
        ingester.taken.clear()
        daemon.start()
    await until(lambda: len(ingester.flags()) >= 1, "the flag, sent again")
    ingester.deaf = False
    await until(lambda: _receipted(daemon.state), "receipts")
    assert len(stick.modem.sent) == 1, "told once, whatever happens to the gateway"
    told = [read_body(one, ToldLocally) for one in ingester.taken if one.kind == "told_locally"]
    assert [(said.way, said.person) for said in told[-1].tellings] == [("modem", "vera")]
    daemon.stop()
    db = read_only(daemon.state)
    status = read_status(db, told[-1].tellings[0].at)
    db.close()
    assert status["local_alarm"] == {"ways": {"modem": "ok"}, "situations": 1}


def _receipted(state: Path) -> bool:
    db = read_only(state)
    counts = flag_counts(db)
    db.close()
    return counts.created == counts.receipted >= 1
