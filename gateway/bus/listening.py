"""Listening: one broker's messages into readings of the devices that publish there. It must not know homes or flags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.clock import Clock
from gateway.drivers import mqtt_json
from gateway.drivers.contract import Device, DeviceAnswer
from gateway.links.mqtt_session import MqttMessage
from gateway.protocols.framing import Code
from models.quantity import Quantity


@dataclass(frozen=True, slots=True)
class HeardAnswer:
    """What one message said about one device.

    `unreadable`: something of it can't be read, and nobody knows whether a detector alarms; `may_alarm`: its bytes may
    well say so. `is_detector`: the device is one that can alarm.
    """

    device: str
    answer: DeviceAnswer
    is_detector: bool = False
    unreadable: bool = False
    may_alarm: bool = False

    @property
    def tells_alarm(self) -> bool:
        """Whether it says that there is an alarm, or that there is none."""
        return any(one.quantity is Quantity.SMOKE for one in self.answer.readings)


class TopicListener:
    """Finds out whose message it is and reads it. Who has a topic of its own is found at once among however many."""

    def __init__(self, devices: tuple[Device, ...], clock: Clock, take: Callable[[HeardAnswer], None]) -> None:
        self._clock = clock
        self._take = take
        self._by_topic: dict[str, list[Device]] = {}
        for device in devices:
            self._by_topic.setdefault(mqtt_json.subscription(device), []).append(device)
        self._patterns = [topic for topic in self._by_topic if "+" in topic or "#" in topic]

    def topics(self) -> tuple[str, ...]:
        """Return what to subscribe to."""
        return tuple(self._by_topic)

    def _addressed(self, topic: str) -> list[Device]:
        """Return whose message one on `topic` is."""
        named = self._by_topic.get(topic, [])
        matching = (self._by_topic[pattern] for pattern in self._patterns if mqtt_json.matches(pattern, topic))
        return named + [device for devices in matching for device in devices]

    def hear(self, message: MqttMessage) -> None:
        """Read one message, heard now.

        A retained message is of an unknown age: it must not prove that a detector is alive, but an alarm in it is
        an alarm until the detector takes it back.
        """
        at = self._clock.now()
        for device in self._addressed(message.topic):
            answer = mqtt_json.interpret(device, message.topic, message.payload, at)
            heard = _heard(device, answer, message.payload)
            if message.retained:
                alarms = tuple(one for one in answer.readings if one.quantity is Quantity.SMOKE and one.value)
                answer = replace(answer, readings=alarms)
            if answer.readings or answer.troubles:
                self._take(replace(heard, answer=answer))


def _heard(device: Device, answer: DeviceAnswer, payload: bytes) -> HeardAnswer:
    heard = HeardAnswer(device.id, answer, any(row.quantity is Quantity.SMOKE for row in device.document.registers))
    is_broken = any(one.code is Code.DATA for one in answer.troubles)
    if not heard.is_detector or not is_broken or heard.tells_alarm:
        return heard
    may_alarm = mqtt_json.may_alarm(device, payload[: mqtt_json.LONGEST_PAYLOAD])
    return replace(heard, unreadable=True, may_alarm=may_alarm)
