"""[local_alarm] in gateway.toml: a good one is read whole, every bad one is refused with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.catalogue import load_settings
from gateway.local_alarm.registry import WAYS, build_ways, people_of
from models.kit.config_reader import ConfigError

HEAD = '[gateway]\nid = "gw-1"\n[[lines]]\nname = "bus-1"\nkind = "serial"\nport = "/dev/ttyUSB0"\n'
MODEM = '[local_alarm.modem]\nport = "/dev/ttyUSB9"\npin_file = "pin"\n'
VERA = '[[local_alarm.on_call]]\nperson = "vera"\nphone = "+8613800000001"\n'
SIREN = '[local_alarm.siren]\nport = "/dev/ttyUSB8"\n'
HOOK = '[local_alarm.webhook]\nurl = "https://guard.example/alarm"\ntoken_file = "token"\n'
GOOD = HEAD + "[local_alarm]\nafter_s = 15\n" + MODEM + VERA + SIREN + HOOK


def write(folder: Path, text: str) -> Path:
    (folder / "pin").write_text("0042\n")
    (folder / "token").write_text("t")
    (folder / "odd").write_text("12")
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_one_makes_every_way_of_the_registry(tmp_path: Path) -> None:
    settings, _ = load_settings(write(tmp_path, GOOD))
    assert settings.local_alarm is not None
    assert settings.local_alarm.after_s == 15
    assert [
        way.name for way in build_ways(settings.local_alarm, people_of(settings.local_alarm, lambda: None))
    ] == list(WAYS)
    assert "+8613800000001" not in repr(
        [way.__dict__ for way in build_ways(settings.local_alarm, people_of(settings.local_alarm, lambda: None))]
    )


BAD = {
    "no way": (HEAD + "[local_alarm]\nafter_s = 15\n", "local_alarm", "names no way"),
    "too hasty": (GOOD.replace("= 15", "= 1"), "local_alarm.after_s", "the least is 5"),
    "nobody to write to": (GOOD.replace(VERA, ""), "local_alarm.on_call", "needs somebody"),
    "nothing to write with": (GOOD.replace(MODEM, ""), "local_alarm.modem", "is missing"),
    "no number": (GOOD.replace("+8613800000001", "vera"), "local_alarm.on_call[0].phone", "+8613800000000"),
    "twice the same": (GOOD + VERA, "local_alarm.on_call[1].person", "there already"),
    "the meters' port": (GOOD.replace("USB9", "USB0"), "local_alarm.modem.port", "on line 3"),
    "one port for two": (GOOD.replace("USB8", "USB9"), "local_alarm.siren.port", "port of its own"),
    "no such pin": (GOOD.replace('"pin"', '"nothing"'), "local_alarm.modem.pin_file", "can't be read"),
    "a pin of two": (GOOD.replace('"pin"', '"odd"'), "local_alarm.modem.pin_file", "4 to 8 digits"),
    "no url": (GOOD.replace("https://guard", "guard"), "local_alarm.webhook.url", "https://"),
    "no hex": (GOOD.replace(SIREN, SIREN + 'on = "loud"\n'), "local_alarm.siren.on", "hexadecimal"),
    "a language": (GOOD.replace("after_s = 15", 'language = "fr"'), "local_alarm.language", "choose one of"),
    "a key": (GOOD.replace("after_s", "after"), "local_alarm.after", "did you mean after_s"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_one_is_refused_with_its_key_and_what_to_do(tmp_path: Path, case: str) -> None:
    text, key, words = BAD[case]
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, text))
    found = [one for one in caught.value.problems if one.key == key]
    assert found, caught.value
    assert words in found[0].message
    assert "+8613800000001" not in str(caught.value)
