"""Settings and the place file: what is wrong is said with file, key and what to do; secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

import ingest
from ingest.places.placefile_reader import read_places
from ingest.settings import load_settings
from models.kit.config_reader import ConfigError

CONFIG = Path(ingest.__file__).resolve().parent.parent / "config"
KEY = "ab" * 32


def write(folder: Path, text: str, key: str = KEY) -> Path:
    (folder / "master.key").write_text(key + "\n")
    path = folder / "ingest.toml"
    path.write_text(text)
    return path


GOOD = '[ingest]\nmaster_key_file = "master.key"\n'


def test_defaults_are_enough_and_files_lie_beside_the_settings(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD))
    assert settings.database.database == str(tmp_path / "ingest.sqlite")
    assert (settings.web.port, settings.broker, settings.influx, dict(settings.notify)) == (8000, None, None, {})
    assert settings.keys.master == bytes.fromhex(KEY)
    assert KEY not in repr(settings)


def test_the_shipped_example_is_good(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, (CONFIG / "ingest.toml").read_text()))
    assert settings.broker is not None
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_shipped_plans_are_good() -> None:
    plans = read_places(CONFIG / "plans" / "district.toml").plans
    assert [plan.id for plan in plans] == ["smoke", "urgent", "visits", "repairs"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[ingest]\nmaster_key_fil = 'x'\n", ["ingest.toml", "ingest.master_key_fil", "did you mean master_key_file?"]),
        (GOOD + "[web]\nport = 'eighty'\n", ["web.port", "whole number"]),
        (GOOD + "[web]\nport = 80000\n", ["web.port", "80000"]),
        (GOOD + "[wep]\n", ["wep"]),
        (GOOD + "[web.tls]\ncert_file = 'no.pem'\n", ["web.tls.cert_file", "no.pem"]),
        (GOOD + "[broker]\npassword_file = 'none'\n", ["broker.password_file", "none"]),
        (GOOD + "[broker]\ntls = { ca_file = 'none' }\n", ["broker.tls.ca_file"]),
        (GOOD + "timezone = 'Mars/Base'\n", ["ingest.timezone", "Mars/Base"]),
        (GOOD + "database = 'mysql://h/d'\n", ["ingest.database", "postgresql://"]),
        (GOOD + "database = 'sqlite://'\n", ["ingest.database", "sqlite:///ingest.sqlite"]),
        (GOOD + "public_url = 'console'\n", ["public_url", "https://"]),
        (GOOD + "password_env = 'NOT_SET'\n", ["NOT_SET"]),
        (GOOD + "[canary]\nchannel = 'sms'\naddress = '1'\n", ["canary.channel", "'sms' is no channel"]),
        (GOOD + "[canary]\nchannel = 'sms'\n", ["address"]),
        (GOOD + "[deadman]\nevery_s = 60\n", ["deadman", "url_file"]),
        (GOOD + "[deadman]\nurl_file = 'master.key'\n", ["deadman.url", "https://"]),
        ("[ingest]\n", ["master_key_file", "master_key_env"]),
        ("[ingest]\nmaster_key_file = 'other'\n", ["master_key_file", "other"]),
        ("[ingest", ["not TOML"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, text), {})
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(("key", "words"), [("hunter2hunter2", "hex"), ("ab" * 31, "hex"), ("", "is empty")])
def test_a_master_key_that_can_be_guessed_is_refused_and_not_repeated(tmp_path: Path, key: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        load_settings(write(tmp_path, GOOD, key))
    assert not key or key not in str(caught.value)


def test_secrets_come_from_the_environment_too(tmp_path: Path) -> None:
    text = "[ingest]\nmaster_key_env='K'\ndatabase='postgresql://u@h/d'\npassword_env='P'\n"
    settings = load_settings(write(tmp_path, text), {"K": KEY, "P": "s3cret"})
    assert settings.database.password == "s3cret"
    assert "s3cret" not in repr(settings)


def test_all_mistakes_of_a_file_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
[ingest]
master_key_file = "none"
timezone = "Mars/Base"
keep_photos_days = 3
[web]
port = "eighty"
[brokr]
[notify.sms]
kind = "sms_http"
url = "https://sms.example"
timout_s = 3
[notify.mail]
kind = "email"
host = "mail.example"
sender = "a@b.example"
tls = "strttls"
[forward.arc]
kind = "scaip"
host = "arc.example"
target = "arc"
sender = "sip:c@d.example"
controller_id = "x"
[influx]
url = "influx"
bucket = 7
[canary]
channel = "sns"
address = " "
""",
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})
    assert [(one.line, one.key) for one in caught.value.problems] == [
        (2, "ingest.master_key_file"),
        (3, "ingest.timezone"),
        (4, "ingest.keep_photos_days"),
        (6, "web.port"),
        (7, "brokr"),
        (11, "notify.sms.timout_s"),
        (16, "notify.mail.tls"),
        (20, "forward.arc.target"),
        (22, "forward.arc.controller_id"),
        (25, "influx.bucket"),
        (27, "canary.channel"),
        (28, "canary.address"),
    ]
    assert all(f"{path}:{one.line}: {one.key}: " in str(caught.value) for one in caught.value.problems)
    assert "did you mean 'starttls'?" in str(caught.value)


AREA = '[[areas]]\nid="hs"\nlevel="district"\nname_zh="x"\nname_en="x"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AREA + AREA, ["7: areas[1].id", "'hs' is taken already, by areas[0] on line 1"]),
        (AREA.replace("district", "county"), ["county", "3: areas[0].level"]),
        (AREA + 'colour="red"\n', ["colour"]),
        (AREA.replace("district", "street"), ["hs", "parent"]),
        ('[[gateways]]\nid="gw/1"\narea="hs"\n', ["gw/1"]),
        ('[[homes]]\nid="h"\narea="hs"\nlabel="x"\ntimezone="No/Where"\n', ["h", "No/Where"]),
        ('[[people]]\nid="p"\nname="x"\nrole="boss"\narea="hs"\n', ["boss"]),
        ('[[plans]]\nid="p"\narea="hs"\nseverities=["urgent"]\nsteps=[]\n', ["plan p", "no steps"]),
        (
            '[[plans]]\nid="p"\narea="hs"\nseverities=["urgent"]\nsteps=[{level="street"}]\n',
            ["5: plans[0].steps[0].to", "missing"],
        ),
        (
            '[[plans]]\nid="p"\narea="hs"\nseverities=["urgent"]\nsteps=[{level="street",to="everyone",answer_s=0}]\n',
            ["steps[0].answer_s", "the least is 5 s"],
        ),
        (
            '[[plans]]\nid="p"\narea="hs"\nseverities=["urgent"]\nsteps=[{level="moon",to="everyone",answer_s=9}]\n',
            ["steps[0].level", "moon"],
        ),
    ],
)
def test_a_bad_entry_of_the_place_file_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "places.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_places(path)
    assert all(word in str(caught.value) for word in ["places.toml", *words]), caught.value


def test_all_mistakes_of_a_place_file_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "places.toml"
    path.write_text(
        """\
[[areas]]
id = "hs"
level = "district"
name_zh = "x"
nam_en = "x"
[[areas]]
id = "h s"
level = "street"
name_zh = "x"
name_en = "x"
parent = "hs"
[[people]]
id = "p"
name = "x"
role = "dispatchr"
area = "hs"
[[people]]
id = "p"
name = "y"
role = "volunteer"
kind = "dispatcher"
licence = "senior"
area = "hs"
channels = [
    { kind = "sms", address = "none" },
]
[[rosters]]
id = "r"
area = "hs"
name = "x"
timezone = "Mars"
rotations = [
    { turns = ["p"] },
    { turns = [], every_days = 0 },
]
[[plans]]
id = "a"
area = "hs"
severities = []
steps = [
    { level = "street", to = "everyone", anser_s = 9 },
    { level = "moon", to = "everyone", answer_s = 1 },
]
[[plans]]
id = "b"
area = "hs"
severities = ["urgent"]
steps = [
    { level = "street", to = "everyone" },
    { to = "resident" },
]
quiet = { from = "21:00", too = "08:00" }
"""
    )
    with pytest.raises(ConfigError) as caught:
        read_places(path)
    assert [(one.line, one.key) for one in caught.value.problems] == [
        (1, "areas[0].name_en"),
        (5, "areas[0].nam_en"),
        (7, "areas[1].id"),
        (15, "people[0].role"),
        (18, "people[1].id"),
        (21, "people[1].kind"),
        (22, "people[1].licence"),
        (24, "people[1].channels"),
        (31, "rosters[0].timezone"),
        (34, "rosters[0].rotations[1].every_days"),
        (39, "plans[0].severities"),
        (41, "plans[0].steps[0].anser_s"),
        (42, "plans[0].steps[1].answer_s"),
        (42, "plans[0].steps[1].level"),
        (52, "plans[1].quiet.to"),
        (52, "plans[1].quiet.too"),
    ]
