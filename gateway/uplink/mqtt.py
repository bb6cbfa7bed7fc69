"""MQTT door: the way to ingest over its broker. It carries sealed bytes and knows nothing of what they mean."""

from __future__ import annotations

from collections.abc import Callable

from gateway.links.mqtt_session import BrokerAddress, MqttMessage, MqttSession, Tls
from models.wire.envelope import downlink_topic, uplink_topic


class MqttDoor:
    """Publishes on this gateway's uplink topic and hears its downlink topic."""

    def __init__(
        self,
        gateway_id: str,
        host: str,
        port: int,
        *,
        username: str | None = None,
        password: str | None = None,
        tls: Tls | None = None,
    ) -> None:
        self._topic = uplink_topic(gateway_id)
        self._broker = BrokerAddress(
            host, port, f"linshe-gw-{gateway_id}", (downlink_topic(gateway_id),), username, password, tls
        )
        self._session: MqttSession | None = None

    async def start(
        self,
        on_down: Callable[[bytes], None],
        on_change: Callable[[str | None], None],
        on_ack: Callable[[str | None], None],
    ) -> None:
        """Begin to connect. `on_down` gets sealed bytes; `on_change` None when the broker is there, else why not.

        `on_ack` is told after every message None, or why the broker has nobody for it.
        """

        def take(message: MqttMessage) -> None:
            on_down(message.payload)

        self._session = MqttSession(self._broker, take, on_change, on_ack)
        await self._session.start()

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._session is not None and self._session.connected

    def send(self, sealed: bytes) -> bool:
        """Publish; False when the broker is away."""
        return self._session is not None and self._session.publish(self._topic, sealed)

    async def stop(self) -> None:
        """Say goodbye."""
        if self._session is not None:
            await self._session.stop()
