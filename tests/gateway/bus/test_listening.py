"""What a broker's messages become: readings of the right device; a retained message proves no life."""

from __future__ import annotations

from gateway.bus.listening import HeardAnswer, TopicListener
from gateway.clock import Clock
from gateway.drivers.contract import Device
from gateway.drivers.registry import load_documents
from gateway.links.mqtt_session import MqttMessage
from models.quantity import Quantity

PAPER = load_documents()["zigbee2mqtt-smoke"]
ALARM = b'{"smoke": true, "battery": 80, "linkquality": 60}'


def hear(topic: str, payload: bytes, *, retained: bool = False) -> list[HeardAnswer]:
    heard: list[HeardAnswer] = []
    devices = (Device("s-1", PAPER, topic="z/kitchen"), Device("s-2", PAPER, topic="z/hall"))
    listener = TopicListener(devices, Clock(), heard.append)
    assert listener.topics() == ("z/kitchen", "z/hall")
    listener.hear(MqttMessage(topic, payload, retained))
    return heard


def test_devices_of_one_topic_and_those_of_a_pattern_all_hear_it_once() -> None:
    heard: list[str] = []
    topics = {"s-1": "z/hall", "s-2": "z/+", "s-3": "z/hall", "s-4": "z/#", "s-5": "z/attic"}
    devices = tuple(Device(name, PAPER, topic=topic) for name, topic in topics.items())
    listener = TopicListener(devices, Clock(), lambda one: heard.append(one.device))
    assert set(listener.topics()) == set(topics.values())
    listener.hear(MqttMessage("z/hall", ALARM, False))
    assert sorted(heard) == ["s-1", "s-2", "s-3", "s-4"]


def quantities(heard: HeardAnswer) -> set[Quantity]:
    return {one.quantity for one in heard.answer.readings}


def test_a_message_is_its_own_devices() -> None:
    (heard,) = hear("z/hall", ALARM)
    assert heard.device == "s-2"
    assert {Quantity.SMOKE, Quantity.BATTERY} <= quantities(heard)
    assert all(one.device == "s-2" for one in heard.answer.readings)


def test_a_message_of_nobody_is_nothing() -> None:
    assert hear("z/cellar", ALARM) == []


def test_a_retained_alarm_is_an_alarm_and_a_retained_all_clear_proves_nothing() -> None:
    (heard,) = hear("z/hall", ALARM, retained=True)
    assert quantities(heard) == {Quantity.SMOKE}
    assert hear("z/hall", b'{"smoke": false, "battery": 80}', retained=True) == []


def test_rubbish_is_a_trouble_and_no_reading() -> None:
    (heard,) = hear("z/hall", b"\xff\x00{")
    assert heard.answer.readings == ()
    assert len(heard.answer.troubles) == 1
