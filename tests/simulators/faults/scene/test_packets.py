"""Where MQTT packets end, and what a broker is told when one of its messages is lost on purpose."""

from __future__ import annotations

import pytest

from simulators.faults.scene.packets import PacketStream, acknowledgement_of, is_publish

PUBLISH = bytes.fromhex("32 0A 00 03 61 2F 62 00 0A 00 68 69")
"""MQTT 5: quality 1, topic a/b, packet 10, no properties, "hi"; laid out by hand after clause 3.3."""
PINGRESP = bytes.fromhex("D0 00")
LONG = bytes.fromhex("30 C8 01") + bytes(200)
"""A remaining length of 200 takes two bytes (clause 1.5.5)."""


@pytest.mark.parametrize("step", [1, 2, 5, 1000])
def test_packets_are_found_however_the_bytes_arrive(step: int) -> None:
    stream, said = PacketStream(), PUBLISH + PINGRESP + LONG + PUBLISH
    found = [packet for place in range(0, len(said), step) for packet in stream.feed(said[place : place + step])]
    assert found == [PUBLISH, PINGRESP, LONG, PUBLISH]


def test_only_a_publish_is_a_message() -> None:
    assert [is_publish(packet) for packet in (PUBLISH, PINGRESP, LONG)] == [True, False, True]


def test_a_message_of_quality_one_is_acknowledged_by_its_number() -> None:
    assert acknowledgement_of(PUBLISH) == bytes.fromhex("40 02 00 0A")
    assert acknowledgement_of(LONG) is None


def test_what_is_no_mqtt_is_handed_on() -> None:
    assert PacketStream().feed(bytes.fromhex("FF FF FF FF FF FF")) == [bytes.fromhex("FF FF FF FF FF FF")]
