"""Packets: where one MQTT packet ends and the next begins, and what a broker takes for "it has arrived". Pure."""

from __future__ import annotations

from dataclasses import dataclass

_PUBLISH, _PUBACK = 3, 4
_MOST_LENGTH_BYTES = 4


@dataclass(slots=True)
class PacketStream:
    """Cuts one direction of a connection into whole packets. What is no MQTT is handed on as it came."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the packets that are complete now."""
        self._rest += data
        packets = []
        while (size := _size(self._rest)) is not None and size <= len(self._rest):
            packets.append(self._rest[:size])
            self._rest = self._rest[size:]
        return packets


def _size(data: bytes) -> int | None:
    """Return how long the packet is that begins here, None while that can't be told (MQTT 5, clause 2.1.4)."""
    length = 0
    for place, byte in enumerate(data[1 : 1 + _MOST_LENGTH_BYTES]):
        length |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return 2 + place + length
    return None if len(data) <= _MOST_LENGTH_BYTES else len(data)


def is_publish(packet: bytes) -> bool:
    """Whether it carries a message."""
    return packet[0] >> 4 == _PUBLISH


def acknowledgement_of(publish: bytes) -> bytes | None:
    """Return the PUBACK for a message of quality 1, None for one that asks for none (MQTT 5, clause 3.4)."""
    if publish[0] >> 1 & 0b11 != 1:
        return None
    start = 1
    while publish[start] & 0x80:
        start += 1
    topic = int.from_bytes(publish[start + 1 : start + 3], "big")
    number = publish[start + 3 + topic : start + 5 + topic]
    return bytes((_PUBACK << 4, 2)) + number
