"""Lasting client: paho's MQTT client with a thread that does not die. It knows no topic, no broker and no message."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

log = logging.getLogger(__name__)

_LONGEST_RETRY_S = 15


class LastingClient(paho.Client):
    """paho's client whose thread outlives whatever paho trips over: it connects again and says why.

    Without this the thread ends while `is_connected` stays true, and a smoke detector is heard no more.
    """

    def __init__(self, client_id: str, tripped: Callable[[str], None], *, manual_ack: bool = False) -> None:
        """`tripped` is told the name of the exception, in paho's thread. The client speaks MQTT 5."""
        super().__init__(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5, manual_ack=manual_ack)
        self._tripped = tripped
        self.reconnect_delay_set(1, _LONGEST_RETRY_S)

    def connect_lasting(
        self, host: str, port: int, keepalive_s: int, session_s: int, receive_maximum: int | None = None
    ) -> None:
        """Begin to connect to a session that the broker keeps for `session_s` while we are away."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = session_s
        if receive_maximum is not None:
            properties.ReceiveMaximum = receive_maximum
        self.connect_async(host, port, keepalive=keepalive_s, clean_start=False, properties=properties)
        self.loop_start()

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
        """See paho; returns only after `disconnect`."""
        again = False
        while True:
            try:
                if again:
                    with suppress(OSError):  # paho goes on trying by itself
                        self.reconnect()
                return super().loop_forever(timeout, retry_first_connection)
            except Exception as error:
                log.exception("paho has tripped; connecting again")
                again = True
                self._tripped(type(error).__name__)
