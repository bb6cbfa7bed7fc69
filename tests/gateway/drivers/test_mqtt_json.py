"""MQTT devices are read by document: what is said is believed exactly, what is not said is not made up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.drivers import registry
from gateway.drivers.contract import Device, DeviceAnswer
from gateway.drivers.mqtt_json import interpret, matches, may_alarm, subscription
from gateway.protocols.framing import Code
from models.quantity import Quantity
from models.reading import Quality

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
PAPER = registry.load_documents()["zigbee2mqtt-smoke"]
DETECTOR = Device("h-001-s", PAPER, topic="zigbee2mqtt/h-001-smoke")


def said(payload: str) -> dict[str, str]:
    return {reading.quantity.value: f"{reading.value:f}" for reading in heard(payload).readings}


def heard(payload: str) -> DeviceAnswer:
    return interpret(DETECTOR, DETECTOR.topic, payload.encode(), AT)


def test_smoke_and_test_are_different_things() -> None:
    assert said('{"smoke": true, "test": false}') == {"smoke": "1", "smoke_test": "0"}
    assert said('{"smoke": false, "test": true}') == {"smoke": "0", "smoke_test": "1"}


@pytest.mark.parametrize(
    "payload", ['{"smoke": false, "smoke_state": "alarm"}', '{"smoke": true, "smoke_state": "normal"}']
)
def test_an_alarm_is_believed_whichever_way_the_detector_says_it(payload: str) -> None:
    answer = heard(payload)
    assert [(reading.quantity, reading.value) for reading in answer.readings] == [(Quantity.SMOKE, 1)]


def test_a_test_is_one_whichever_way_the_detector_says_it_and_never_smoke() -> None:
    assert said('{"test": false, "self_test": "checking", "smoke": false}') == {"smoke_test": "1", "smoke": "0"}


def test_lists_are_added_up_or_read_at_their_first_only_where_the_document_says_so() -> None:
    meter = Device("e", ALL["tasmota-energy"], topic="tele/meter/SENSOR")

    def energy(body: str) -> tuple[dict[str, str], list[Code]]:
        answer = interpret(meter, meter.topic, f'{{"ENERGY": {body}}}'.encode(), AT)
        values = {reading.quantity.value: f"{reading.value:f}" for reading in answer.readings}
        return values, [trouble.code for trouble in answer.troubles]

    assert energy('{"Power": [60, -5, 10.5], "Voltage": [224, 225]}') == ({"power": "65.5", "voltage": "224"}, [])
    assert energy('{"Power": [60, "x"], "Voltage": []}') == ({}, [Code.DATA, Code.DATA])
    assert energy('{"Power": []}') == ({}, [Code.DATA])


def test_what_is_not_said_is_not_made_up() -> None:
    assert said('{"battery": 87}') == {"battery": "87"}
    assert said('{"smoke": null, "battery": 87}') == {"battery": "87"}


@pytest.mark.parametrize(("word", "bit"), [("true", "1"), ('"ON"', "1"), ("1", "1"), ("false", "0"), ('"off"', "0")])
def test_a_bit_is_understood_in_the_words_that_devices_use(word: str, bit: str) -> None:
    assert said(f'{{"smoke": {word}}}') == {"smoke": bit}


@pytest.mark.parametrize("word", ['"maybe"', "2", "[]", "{}", "0.5", '""'])
def test_a_bit_that_is_neither_is_a_diagnostic_and_no_reading(word: str) -> None:
    answer = heard(f'{{"smoke": {word}}}')
    assert answer.readings == ()
    assert [trouble.code for trouble in answer.troubles] == [Code.DATA]


@pytest.mark.parametrize(
    "payload",
    ["", "not json", "{", '{"smoke": NaN}', '{"battery": Infinity}', "[" * 5000, '{"smoke": tru', "\x00\xff"],
)
def test_a_payload_that_is_no_json_is_a_diagnostic(payload: str) -> None:
    answer = interpret(DETECTOR, DETECTOR.topic, payload.encode("latin-1"), AT)
    assert answer.readings == ()
    assert [trouble.code for trouble in answer.troubles] == [Code.DATA]


@pytest.mark.parametrize(
    "payload",
    [
        b'{"battery":100,"smoke":true,"temperature":nan,"linkquality":90}',
        b'{"battery":100,"smoke":true,"temperature":-inf}',
        b'{"smoke":true}\x00',
        b'{"smoke":true}\x00\x00\xff\xff',
        b'\xef\xbb\xbf{"smoke":true}',
        b'{"smoke":true,"name":"\xb3\xf8\xb7\xbf"}',
        b'{"smoke":1.0}',
        b'{"smoke":"1.0"}',
        b'{"smoke":true,}',
        b"{'smoke': True}",
        b'{"smoke":ON}',
        b'{"smoke":" On "}',
        b'{"smoke":["ALARM","BATTERY_LOW"]}',
        b'{"smoke":"ALARM BATTERY_LOW"}',
        b'{"smoke_state":"HUSHED|ALARM"}',
        b'{"battery":100,"smoke":true,"temp',
        b'{"battery":100,"smoke":true',
        b'{"smoke":true,"name":"a\nb"}',
    ],
)
def test_an_alarm_survives_a_message_that_is_broken_elsewhere(payload: bytes) -> None:
    answer = interpret(DETECTOR, DETECTOR.topic, payload, AT)
    assert [one.value for one in answer.readings if one.quantity is Quantity.SMOKE] == [1]


@pytest.mark.parametrize(
    "payload",
    [
        b'{"smoke":"NO ALARM","x":nan}',
        b'{"smoke":false,"temperature":nan}',
        b'{"smoke_count":"smoke: true"}',
        b'{"smoke":"trueish',
        b'{"not_smoke":true',
    ],
)
def test_no_alarm_is_read_into_a_broken_message(payload: bytes) -> None:
    answer = interpret(DETECTOR, DETECTOR.topic, payload, AT)
    assert [one for one in answer.readings if one.quantity is Quantity.SMOKE and one.value] == []


def test_a_broken_message_is_no_measurement_and_is_told() -> None:
    answer = interpret(DETECTOR, DETECTOR.topic, b'{"battery":7,"smoke":true,"test":true,"temperature":nan}', AT)
    assert {one.quantity for one in answer.readings} == {Quantity.SMOKE, Quantity.SMOKE_TEST}
    assert [trouble.code for trouble in answer.troubles] == [Code.DATA]


def test_bytes_that_name_an_alarm_may_hold_one() -> None:
    assert may_alarm(DETECTOR, b"\x01SMOKE\x02")
    assert not may_alarm(DETECTOR, b'{"battery":')


def test_a_payload_of_a_million_bytes_is_refused_unread() -> None:
    answer = heard('{"smoke": true, "x": "' + "y" * 1_000_000 + '"}')
    assert answer.readings == ()
    assert len(answer.troubles[0].raw) <= 256


def test_a_number_that_is_no_measurement_is_a_diagnostic() -> None:
    assert heard('{"battery": 1' + "0" * 400 + "}").readings == ()
    assert heard('{"battery": true}').readings == ()


def test_a_battery_above_100_percent_is_kept_and_marked() -> None:
    (reading,) = heard('{"battery": 255}').readings
    assert (reading.quantity, reading.quality) == (Quantity.BATTERY, Quality.OUT_OF_RANGE)


def test_decimals_are_kept_as_they_were_written() -> None:
    assert said('{"battery": 87.50}') == {"battery": "87.50"}


def test_a_message_of_which_nothing_is_known_is_told() -> None:
    answer = heard('{"state": "online"}')
    assert [trouble.code for trouble in answer.troubles] == [Code.UNSUPPORTED]


@pytest.mark.parametrize("payload", ["true", "[1,2]", '"offline"', "42"])
def test_json_that_is_no_object_never_raises(payload: str) -> None:
    assert heard(payload).readings == ()


def test_a_device_hears_its_own_topic_and_a_pattern_those_it_covers() -> None:
    assert subscription(DETECTOR) == "zigbee2mqtt/h-001-smoke"
    assert matches(subscription(DETECTOR), "zigbee2mqtt/h-001-smoke")
    assert not matches(subscription(DETECTOR), "zigbee2mqtt/h-002-smoke")
    anyone = Device("x", PAPER)
    assert matches(subscription(anyone), "zigbee2mqtt/kitchen")
    assert not matches(subscription(anyone), "zigbee2mqtt/kitchen/availability")
    assert not matches(subscription(anyone), "tele/kitchen")


ALL = registry.load_documents()
BRIDGE = Device("h-002-s", ALL["tasmota-zigbee-smoke"], "0x1A2B")
RADIO = Device("h-003-w", ALL["wmbusmeters-water"], "12345678", "wmbusmeters/bath")
SHELLY = Device("h-004-s", ALL["shelly-plus-smoke"], topic="shelly-kitchen/status/+")


def seen(when: str, payload: str) -> list[tuple[str, str]]:
    answer = heard(f'{{"last_seen": {when}, {payload}}}')
    return [(reading.quantity.value, reading.quality.value) for reading in answer.readings]


@pytest.mark.parametrize(
    ("when", "quality"),
    [
        ('"2026-11-23T01:02:00.000Z"', "good"),
        ('"2026-11-23T09:02:00+08:00"', "good"),
        ('"2026-11-23T00:02:04Z"', "good"),
        ('"2026-11-23T00:02:02Z"', "filled"),
        ('"2026-11-01T00:00:00Z"', "filled"),
        ("1795395720000", "good"),
        ("1795391000000", "filled"),
        ('"2027-01-01T00:00:00Z"', "good"),
        ('"2026-11-01T00:00:00"', "good"),
        ('"never"', "good"),
        ("1e400", "good"),
        ("null", "good"),
    ],
)
def test_what_a_bridge_says_again_after_its_restart_does_not_prove_a_detector_alive(when: str, quality: str) -> None:
    assert seen(when, '"smoke": false') == [("smoke", quality)]


def test_an_alarm_is_believed_however_old_it_is() -> None:
    assert seen('"2026-11-01T00:00:00Z"', '"smoke": true, "battery": 50') == [("smoke", "good"), ("battery", "filled")]


def test_a_bridge_speaks_of_many_detectors_and_each_hears_its_own() -> None:
    payload = b'{"ZbReceived":{"0x9999":{"Device":"0x9999","Fire":1}}}'
    assert interpret(BRIDGE, "tele/bridge/SENSOR", payload, AT).readings == ()
    payload = b'{"ZbReceived":{"0x1A2B":{"Device":"0x1A2B","Fire":1}}}'
    assert [reading.quantity for reading in interpret(BRIDGE, "tele/bridge/SENSOR", payload, AT).readings] == [
        Quantity.SMOKE
    ]


@pytest.mark.parametrize(
    "payload",
    [
        '{"media":"water","id":"99999999","total_m3":1}',
        '{"media":"heat","id":"12345678","total_m3":1}',
        '{"id":"12345678","total_m3":1}',
    ],
)
def test_a_message_of_another_meter_or_medium_is_told_and_not_read(payload: str) -> None:
    answer = interpret(RADIO, RADIO.topic, payload.encode(), AT)
    assert answer.readings == ()
    assert [trouble.code for trouble in answer.troubles] == [Code.OTHER_DEVICE]


@pytest.mark.parametrize("media", ["radio converter (meter side)", "bus/system component", "unknown"])
@pytest.mark.parametrize(("address", "topic"), [("12345678", "wmbusmeters/+"), ("", "wmbusmeters/bath")])
def test_a_meter_whose_radio_module_names_no_medium_is_read_where_its_number_or_its_own_topic_fits(
    media: str, address: str, topic: str
) -> None:
    device = Device("h-003-w", ALL["wmbusmeters-water"], address, topic)
    payload = f'{{"media":"{media}","id":"12345678","total_m3":6.388}}'.encode()
    (reading,) = interpret(device, "wmbusmeters/bath", payload, AT).readings
    assert (reading.quantity, str(reading.value)) == (Quantity.WATER_VOLUME, "6.388")


@pytest.mark.parametrize(
    ("address", "topic", "media", "number"),
    [
        ("", "wmbusmeters/+", "unknown", "12345678"),
        ("12345678", "wmbusmeters/+", "unknown", "99999999"),
        ("12345678", "wmbusmeters/bath", "heat", "12345678"),
    ],
    ids=["nobody's", "another's", "another sort"],
)
def test_a_message_that_only_happens_to_pass_by_is_refused_with_what_it_said(
    address: str, topic: str, media: str, number: str
) -> None:
    device = Device("h-003-w", ALL["wmbusmeters-water"], address, topic)
    payload = f'{{"media":"{media}","id":"{number}","total_m3":6.388}}'.encode()
    answer = interpret(device, "wmbusmeters/bath", payload, AT)
    assert answer.readings == ()
    assert [trouble.code for trouble in answer.troubles] == [Code.OTHER_DEVICE]
    assert media in answer.troubles[0].detail


def test_a_notification_about_something_else_is_no_trouble() -> None:
    device = Device("h-004-s", ALL["shelly-plus-smoke"], topic="shelly-kitchen/#")
    other = b'{"method":"NotifyStatus","params":{"ts":1.0,"wifi":{"rssi":-60}}}'
    assert interpret(device, "shelly-kitchen/events/rpc", other, AT) == DeviceAnswer()
    assert interpret(device, "shelly-kitchen/online", b"true", AT) == DeviceAnswer()
    alarm = b'{"method":"NotifyStatus","params":{"ts":1.0,"smoke:0":{"id":0,"alarm":true}}}'
    assert [one.value for one in interpret(device, "shelly-kitchen/events/rpc", alarm, AT).readings] == [1]


def test_things_said_on_topics_of_their_own_are_not_mixed_up() -> None:
    battery = b'{"id":0,"battery":{"V":2.99,"percent":87},"alarm":true}'
    answer = interpret(SHELLY, "shelly-kitchen/status/devicepower:0", battery, AT)
    assert [(reading.quantity, str(reading.value)) for reading in answer.readings] == [(Quantity.BATTERY, "87")]
    assert interpret(SHELLY, "shelly-kitchen/status/wifi", b'{"rssi":-60}', AT) == DeviceAnswer()
