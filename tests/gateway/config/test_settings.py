"""gateway.toml: a good file is read whole; every bad one is refused with file, line, key and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

import gateway
from gateway.__main__ import main
from gateway.assembly.lines import build, timing_of
from gateway.bus.loop import LineSpeed
from gateway.config.catalogue import load_settings
from gateway.config.settings import LineSettings
from gateway.drivers.registry import load_documents
from models.kit.config_reader import ConfigError

GOOD = """\
[gateway]
id = "gw-1"
state = "state/gateway.sqlite"
timezone = "Asia/Shanghai"
[uplink]
host = "127.0.0.1"
port = 1884
key_file = "key"
[[lines]]
name = "bus-1"
kind = "serial"
port = "/dev/ttyUSB0"
[[lines]]
name = "detectors"
kind = "mqtt"
host = "127.0.0.1"
[[homes]]
id = "h-1"
[[devices]]
id = "e-1"
home = "h-1"
line = "bus-1"
document = "dlt645-2007"
address = "000000000001"
[[devices]]
id = "s-1"
home = "h-1"
line = "detectors"
document = "zigbee2mqtt-smoke"
topic = "zigbee2mqtt/s-1"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "key").write_text("ab" * 32)
    (folder / "short").write_text("abcd")
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return [f"{one.line}: {one.key}: {one.message}" for one in caught.value.problems]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    settings, documents = load_settings(write(tmp_path, GOOD))
    assert settings.gateway.id == "gw-1"
    assert settings.gateway.state == tmp_path / "state/gateway.sqlite"
    assert settings.uplink is not None
    assert settings.uplink.key_file == tmp_path / "key"
    assert [line.name for line in settings.lines] == ["bus-1", "detectors"]
    assert settings.lines[0].poll_s == 300.0
    assert settings.devices[1].topic == "zigbee2mqtt/s-1"
    assert settings.detection.budget == 1.0
    assert {"dlt645-2007", "cjt188-2004", "zigbee2mqtt-smoke"} <= set(documents)


def test_without_a_state_the_file_lies_beside_the_config(tmp_path: Path) -> None:
    settings, _ = load_settings(write(tmp_path, '[gateway]\nid = "gw-1"\n'))
    assert settings.gateway.state == tmp_path / "gateway.sqlite"


# what is replaced in the good file, by what, the line of the finding, and words that the finding must have
BAD = [
    ('id = "gw-1"', 'id = "gw-1"\ncolour = "red"', 3, "gateway.colour: is not a key"),
    ('timezone = "Asia/Shanghai"', 'timezon = "Asia/Shanghai"', 4, "did you mean timezone?"),
    ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Haishu"', 4, "is not a zone"),
    ('id = "gw-1"', "id = 7", 2, "gateway.id: must be a text in quotes, not 7"),
    ('id = "gw-1"', 'id = "gw/1"', 2, "letters, digits"),
    ('id = "gw-1"\n', "", 1, "gateway.id: is missing; add id = …"),
    ("port = 1884", "port = 70000", 7, "uplink.port: 70000 is too big; the most is 65535"),
    ("port = 1884", 'port = "1884"', 7, "must be a whole number"),
    ("port = 1884", "port = true", 7, "must be a whole number, not True"),
    ("port = 1884", 'tls = { ca = "x" }', 7, "uplink.tls.ca: is not a key"),
    ("port = 1884", 'tls = { ca_file = "nowhere.pem" }', 7, "is not there"),
    ("port = 1884", 'tls = { cert_file = "key" }', 7, "go together"),
    ("port = 1884", 'http_url = "ftp://x"', 7, "must start with https://"),
    ("port = 1884", 'password_env = "LINSHE_NO_SUCH"', 7, "the environment variable LINSHE_NO_SUCH is not set"),
    ('key_file = "key"', 'key_file = "nokey"', 8, "can't be read"),
    ('key_file = "key"', 'key_file = "short"', 8, "must hold 64 hex digits"),
    ('key_file = "key"', 'key_file = "key"\nkey_env = "X"', 9, "keep one of the two"),
    ('key_file = "key"\n', "", 5, "no key: add key_file"),
    ('name = "detectors"', 'name = "bus-1"', 14, "'bus-1' is taken already, by lines[0].name on line 10"),
    ('kind = "serial"', 'kind = "seriell"', 11, "'seriell' is not known; choose one of 'serial', 'tcp', 'mqtt'"),
    ('port = "/dev/ttyUSB0"\n', "", 9, "lines[0].port: is missing; a line of kind serial needs it"),
    ('port = "/dev/ttyUSB0"', 'port = "/dev/ttyUSB0"\nhost = "x"', 13, "does not belong to a line of kind serial"),
    ('port = "/dev/ttyUSB0"', 'port = "/dev/ttyUSB0"\nparity = "even"', 13, "choose one of 'E', 'N', 'O'"),
    ('port = "/dev/ttyUSB0"', 'port = "/dev/ttyUSB0"\npoll_s = 0', 13, "0.0 is too small; the least is 1 s"),
    ('port = "/dev/ttyUSB0"', 'port = "/dev/ttyUSB0"\npoll_s = nan', 13, "nan is too small"),
    ('id = "h-1"', 'id = "h-1"\n[[homes]]\nid = "h-1"', 20, "'h-1' is taken already"),
    ('home = "h-1"\nline = "bus-1"', 'home = "h-9"\nline = "bus-1"', 21, "add [[homes]] with id = 'h-9'"),
    ('line = "bus-1"', 'line = "bus-9"', 22, "add [[lines]] with name = 'bus-9'"),
    ('document = "dlt645-2007"', 'document = "dlt645-1066"', 23, "is not a device document; there are cjt188-2004"),
    ('line = "bus-1"\ndocument = "dlt645-2007"', 'line = "bus-1"\ndocument = "zigbee2mqtt-smoke"', 22, "mqtt line"),
    ('address = "000000000001"', 'address = "12"', 24, "devices[0].address:"),
    ('address = "000000000001"\n', "", 19, "devices[0].address: is missing"),
    (
        'address = "000000000001"',
        'address = "000000000001"\ntopic = "x"',
        25,
        "does not belong to a device on a serial",
    ),
    (
        'topic = "zigbee2mqtt/s-1"',
        'topic = "zigbee2mqtt/s-1"\nbaud = 1200',
        31,
        "does not belong to a device on a mqtt",
    ),
    ('line = "bus-1"\ndocument = "dlt645-2007"', 'line = "bus-1"\ndocument = "tasmota-energy"', 22, "an mqtt line"),
    (
        'line = "bus-1"\ndocument = "dlt645-2007"\naddress = "000000000001"',
        'line = "bus-1"\ndocument = "modbus-tcp-template"\naddress = "250"',
        24,
        "a Modbus device is 1 to 247",
    ),
    ('kind = "serial"', 'kind = "serial"\nmodbus = "tcp"', 12, "does not belong to a line of kind serial"),
    ('address = "000000000001"', 'address = "000000000001"\nparity = "even"', 25, "choose one of 'E', 'N', 'O'"),
    ('id = "s-1"', 'id = "e-1"', 26, "'e-1' is taken already, by devices[0].id on line 20"),
    ('[[homes]]\nid = "h-1"', "[homes]", 17, "must be a list: write [[homes]]"),
    ('[gateway]\nid = "gw-1"', "[gateway\nid = 1", 1, "is not TOML"),
    ("[uplink]", "[clock]\nwall_start = 2026-11-23T12:00:00\nvirtual_start = 1\n[uplink]", 6, "has no zone"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD, ids=[f"{row[1][:40]!r}" for row in BAD])
def test_a_bad_file_is_refused_with_line_key_and_advice(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    found = problems(write(tmp_path, GOOD.replace(old, new, 1)))
    assert any(one.startswith(f"{line}: ") and words in one for one in found), found


def test_two_devices_of_one_address_on_one_line_are_refused(tmp_path: Path) -> None:
    twin = GOOD + GOOD[GOOD.index("[[devices]]") : GOOD.index('[[devices]]\nid = "s-1"')].replace("e-1", "e-2")
    (found,) = problems(write(tmp_path, twin))
    assert found == "36: devices[2].address: '000000000001' is taken already, by devices[0].address on line 24"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("port = 1884", 'port = "x"').replace('kind = "mqtt"', 'kind = "m"').replace("h-1", "h-2", 1)
    found = problems(write(tmp_path, text))
    assert [one.split(":")[0] for one in found] == ["7", "15", "21", "27"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"gateway = 3", b"[gateway]\nid='x'\n[[lines]]\nname=[1]\nkind={}"]
)
def test_rubbish_is_refused_and_never_a_trace(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(content)
    assert problems(path)


def test_check_config_says_good_or_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, GOOD)
    assert main(["check-config", "--config", str(path)]) == 0
    assert "good: 1 homes, 2 devices, 2 lines" in capsys.readouterr().out
    path = write(tmp_path, GOOD.replace("port = 1884", "prot = 1884"))
    assert main(["check-config", "--config", str(path)]) == 2
    assert f"{path}:7: uplink.prot: is not a key of this table; did you mean port?" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--config", str(tmp_path / "none.toml")]) == 2
    assert "can't be read: No such file or directory; give --config the path" in capsys.readouterr().err


def test_a_secret_never_shows_in_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    (tmp_path / "key").write_text("topsecret")
    found = "\n".join(problems(path))
    assert "64 hex digits" in found
    assert "topsecret" not in found


def test_the_shipped_example_is_good_but_for_its_key() -> None:
    example = Path(gateway.__file__).resolve().parent.parent / "config" / "gateway.toml"
    (found,) = problems(example)
    assert "uplink.key_file" in found


def test_a_device_may_have_a_speed_of_its_own_on_a_line_of_mixed_meters(tmp_path: Path) -> None:
    text = GOOD.replace('address = "000000000001"', 'address = "000000000001"\nbaud = 1200\nparity = "N"')
    settings, documents = load_settings(write(tmp_path, text))
    (line,), _ = build(settings, documents)
    asked = line.asked["e-1"]
    assert asked.speed == LineSpeed(1200, "N")
    assert asked.timing is not None
    assert asked.timing.byte_s == pytest.approx(11 / 1200)


@pytest.mark.parametrize(("document", "bits"), [("dlt645-2007", 11), ("mbus-water", 33), ("eastron-sdm120", 38.5)])
def test_a_line_rests_as_long_as_the_standard_of_each_meter_asks(document: str, bits: float) -> None:
    line = LineSettings(name="bus-1", kind="serial", port="x", baud=2400)
    timing = timing_of(line, load_documents()[document])
    assert timing.rest_s == pytest.approx(bits / 2400)
    assert bool(timing.settle_s) == (document == "eastron-sdm120")


NETWORK = 'kind = "tcp"\nhost = "127.0.0.1"\ntcp_port = 502'


@pytest.mark.parametrize("document", ["eastron-sdm120", "modbus-tcp-template"])
@pytest.mark.parametrize(
    ("line", "first", "then"),
    [
        ('kind = "serial"\nport = "/dev/ttyUSB0"', "rtu", None),
        (NETWORK + '\nmodbus = "rtu"', "rtu", None),
        (NETWORK + '\nmodbus = "tcp"', "tcp", None),
        (NETWORK, "own", "other"),
    ],
)
def test_a_register_map_is_spoken_as_the_line_carries_it_whatever_its_document_was_written_for(
    tmp_path: Path, document: str, line: str, first: str, then: str | None
) -> None:
    text = GOOD.replace('kind = "serial"\nport = "/dev/ttyUSB0"', line)
    text = text.replace('document = "dlt645-2007"\naddress = "000000000001"', f'document = "{document}"\naddress = "7"')
    settings, documents = load_settings(write(tmp_path, text))
    (bus,), _ = build(settings, documents)
    asked = bus.asked["e-1"]
    own = documents[document].protocol.removeprefix("modbus-")
    ways = {"own": own, "other": "rtu" if own == "tcp" else "tcp"}
    payloads = [
        None if driver is None else driver.requests(asked.device)[0].payload
        for driver in (asked.driver, asked.otherwise)
    ]
    has_header = [
        None if payload is None else payload[2:5] == b"\x00\x00\x00" and len(payload) == 12 for payload in payloads
    ]
    assert has_header == [ways.get(first, first) == "tcp", None if then is None else ways[then] == "tcp"]


def test_a_unit_that_only_a_network_knows_is_never_asked_for_on_a_bus(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "serial"\nport = "/dev/ttyUSB0"', NETWORK)
    text = text.replace(
        'document = "dlt645-2007"\naddress = "000000000001"', 'document = "modbus-tcp-template"\naddress = "255"'
    )
    settings, documents = load_settings(write(tmp_path, text))
    (bus,), _ = build(settings, documents)
    assert bus.asked["e-1"].otherwise is None


def test_a_device_on_a_broker_may_have_its_own_number(tmp_path: Path) -> None:
    text = GOOD.replace('topic = "zigbee2mqtt/s-1"', 'topic = "wmbusmeters/+"\naddress = "12345678"')
    settings, documents = load_settings(write(tmp_path, text.replace("zigbee2mqtt-smoke", "wmbusmeters-water")))
    _, (heard,) = build(settings, documents)
    assert heard.devices[0].address == "12345678"
