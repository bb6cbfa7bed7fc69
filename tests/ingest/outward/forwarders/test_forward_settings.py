"""What is wrong in [forward] is said with the forwarder, the key and what to do; the examples are good ones."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import ingest.outward.forwarders
from ingest.outward.forwarders.registry import BUILDERS, build_forwarders, wishes
from ingest.outward.forwarders.settings import Peer, WantedEvents
from ingest.outward.plugins.scaip.settings import ScaipSettings
from models.kit.config_reader import ConfigError

README = Path(ingest.outward.forwarders.__file__).with_name("README.md")
EXAMPLE = README.parents[3] / "config" / "forward" / "centres.toml"
SCAIP = {"kind": "scaip", "target": "sip:a@b.example", "sender": "sip:c@d.example", "controller_id": "1"}
FIRE = {"kind": "gbt26875", "host": "127.0.0.1", "port": 9000, "source": 1, "target": 2}


def build(folder: Path, **table: Any) -> None:
    build_forwarders({"centre": table}, folder, lambda: 0.0)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "fax"}, "centre: kind: 'fax' is not known; choose one of"),
        ({"kind": "webhook", "url": "https://x.example", "secret": "s"}, "secret: is not a key of this table"),
        ({"kind": "webhook", "url": "https://x.example"}, "needs secret_file .* always signed"),
        ({"kind": "webhook", "url": "http://x.example", "secret_file": "s"}, "plain http to x.example"),
        ({"kind": "webhook", "url": "https://x.example", "next_secret_file": "s"}, "needs secret_file beside it"),
        ({"kind": "webhook", "url": "https://x.example", "secret_file": "gone"}, "secret_file: .*gone can't be read"),
        ({**SCAIP, "host": "b.example", "transport": "udp"}, "can be read by all on the way"),
        ({**SCAIP, "host": "b.example", "target": "b.example"}, "target: must be a SIP URI"),
        ({**SCAIP, "host": "b.example", "sender": "sip:a b"}, "sender: must be a SIP URI"),
        ({**SCAIP, "host": "b.example", "controller_id": "a1"}, "controller_id: must be 1 to 16 digits"),
        ({**SCAIP, "host": "b.example", "ca_file": "gone.pem"}, "ca_file gone.pem can't be read as PEM"),
        ({**SCAIP, "host": "127.0.0.1", "transport": "udp", "ca_file": "x"}, "ca_file: needs transport"),
        ({**FIRE, "host": "fire.example"}, "transport: tcp to fire.example can be read by all"),
        ({**FIRE, "source": 2**48}, "source"),
        ({**FIRE, "confirm_within_s": 11}, "confirm_within_s"),
        ({**FIRE, "timezone": "Mars"}, "timezone: 'Mars' is no time zone"),
        ({**FIRE, "wants": {"kinds": ["leak"]}}, "a fire centre can be told"),
        ({**FIRE, "wants": {"kinds": []}}, "a fire centre can be told"),
        ({**FIRE, "wants": {"severity_from": "bad"}}, "wants.severity_from"),
        ({**FIRE, "host": ""}, "host: is empty"),
    ],
)
def test_a_fault_is_said_with_its_key(table: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hush-hush")
    with pytest.raises(ConfigError, match=words) as caught:
        build(tmp_path, **table)
    assert str(caught.value).startswith("[forward] centre")
    assert "hush" not in str(caught.value)


def test_a_line_of_ones_own_may_be_plain(tmp_path: Path) -> None:
    build(tmp_path, **{**FIRE, "host": "fire.example", "plain": True})


def test_what_nobody_says_is_what_such_a_centre_is_for() -> None:
    found = wishes({"fire": FIRE, "arc": {**SCAIP, "host": "b.example"}})
    assert found["fire"] == (
        "gbt26875",
        WantedEvents(events=("opened", "new_flag", "condition_cleared"), kinds=("smoke",)),
    )
    assert found["arc"][1].severity_from == "urgent"


def test_the_example_is_a_good_one(tmp_path: Path) -> None:
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["forward"]
    (tmp_path / "city.secret").write_text("hush")
    ways = build_forwarders(table, tmp_path, lambda: 0.0)
    assert {settings["kind"] for settings in table.values()} == {"webhook", "scaip", "gbt26875"}
    assert list(ways) == list(table)


def test_the_readme_names_every_setting() -> None:
    readme = README.read_text(encoding="utf-8")
    named = {
        field for settings in (*BUILDERS, ScaipSettings, Peer, WantedEvents) for field in settings.__struct_fields__
    }
    assert [field for field in sorted(named) if not field.endswith("_env") and f"`{field}`" not in readme] == []
