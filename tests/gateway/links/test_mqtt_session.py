"""The MQTT session: a client that trips must not leave a gateway deaf that says it is connected."""

from __future__ import annotations

import asyncio
import logging

import paho.mqtt.client as paho
import pytest

from gateway.links.mqtt_session import BrokerAddress, MqttSession
from tests.ingest.intake.conftest import Mosquitto


async def test_a_client_that_trips_connects_again_and_the_status_says_so(
    tmp_path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handle, told = paho.Client._packet_handle, []
    trips = iter([RuntimeError("a bug in the client")])

    def tripping(client: paho.Client) -> int:
        done = handle(client)
        if client.is_connected() and (error := next(trips, None)) is not None:
            raise error
        return done

    monkeypatch.setattr(paho.Client, "_packet_handle", tripping)
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    session = MqttSession(BrokerAddress("127.0.0.1", mosquitto.port, "gw", ()), lambda _: None, told.append)
    try:
        await session.start()
        async with asyncio.timeout(60):
            while len(told) < 3:
                await asyncio.sleep(0.02)
        assert told[0] is None
        assert "RuntimeError in the client" in told[1]
        assert told[2] is None
        assert session.connected
        assert [one.levelno for one in caplog.records].count(logging.ERROR) == 1
    finally:
        await session.stop()
        mosquitto.kill()
