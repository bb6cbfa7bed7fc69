"""Settings of channels: mistakes are named with channel and key; secrets come from files or the environment."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import ingest.channels
from ingest.channels.registry import BUILDERS, build_channels
from models.kit.config_reader import ConfigError

SMS = {"kind": "sms_http", "url": "https://sms.example/send"}
EMAIL = {"kind": "email", "host": "mail.example", "sender": "linshe@example.org"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (SMS | {"tokn_file": "x"}, "tokn_file"),
        (SMS | {"kind": "pigeon"}, "pigeon"),
        ({"url": "https://sms.example/"}, "kind"),
        ({"kind": "sms_http"}, "url"),
        (SMS | {"timeout_s": 0}, "timeout_s"),
        (SMS | {"timeout_s": "soon"}, "timeout_s"),
        (SMS | {"url": "ftp://sms.example/"}, "https://"),
        (SMS | {"url": "https:///nohost"}, "host"),
        (SMS | {"url": "http://sms.example/send"}, "plain_http"),
        (SMS | {"ca_file": "missing.pem"}, "ca_file missing.pem"),
        (SMS | {"token_file": "missing"}, "token_file: "),
        (SMS | {"token_file": "empty"}, "is empty; write the secret"),
        (SMS | {"token_env": "LINSHE_NOT_SET"}, "LINSHE_NOT_SET is not set"),
        (SMS | {"token_file": "secret", "token_env": "X"}, "token_file is given as well"),
        (SMS | {"body": {"to": "{address}"}}, "lacks {text}"),
        (SMS | {"body": {"to": "{addres}", "text": "{text}"}}, "addres"),
        (SMS | {"body": {"to": "{address", "text": "{text}"}}, "body"),
        ({"kind": "dingtalk"}, "token_file"),
        ({"kind": "wecom"}, "token_file"),
        ({"kind": "feishu"}, "token_file"),
        (SMS | {"body": {"to": "{mobile}", "text": "{text}", "key": "{token}"}}, "give token_file"),
        (SMS | {"encoding": "form", "body": {"to": ["{mobile}"], "text": "{text}"}}, "texts only"),
        (SMS | {"encoding": "xml"}, "encoding"),
        (SMS | {"confirm_within_s": 30}, "callback"),
        (SMS | {"callback": {"secret": "x"}}, "secret"),
        ({"kind": "webhook", "url": "https://x.example/", "secret_file": "broken"}, "base64"),
        (EMAIL | {"sender": "Linshe <linshe@example.org>"}, "sender"),
        (EMAIL | {"tls": "maybe"}, "tls"),
        (EMAIL | {"username": "u"}, "password_file"),
        (EMAIL | {"username": "u", "password_file": "secret", "tls": "none"}, "starttls"),
        (EMAIL | {"port": 0}, "port"),
        (EMAIL | {"ca_file": "secret"}, "ca_file secret"),
        ("https://sms.example", "must be a table"),
    ],
)
def test_a_mistake_is_named_with_its_channel_and_key(table: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush-hush")
    (tmp_path / "broken").write_text("whsec_!!!")
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(ConfigError) as caught:
        build_channels({"mine": table}, tmp_path)
    assert "[notify]" in str(caught.value)
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def test_every_channel_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        build_channels({"a": {"kind": "wecom"}, "b": SMS, "c": EMAIL | {"prot": 1, "tls": "no"}}, tmp_path)
    told = str(caught.value).splitlines()
    assert [one.split(": ")[0] for one in told] == ["[notify] a", "[notify] c", "[notify] c"]
    assert any("prot: is not a key of this table; did you mean port?" in one for one in told)


def test_notify_itself_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="table"):
        build_channels([SMS], tmp_path)  # type: ignore[arg-type]


def test_plain_http_is_taken_to_this_machine_or_where_it_is_asked_for(tmp_path: Path) -> None:
    here = {"kind": "webhook", "url": "http://127.0.0.1:1/"}
    asked = {"kind": "webhook", "url": "http://inside.example/", "plain_http": True}
    channels = build_channels({"here": here, "v6": here | {"url": "http://[::1]:1/"}, "asked": asked}, tmp_path)
    assert list(channels) == ["here", "v6", "asked"]


def test_a_channel_shows_no_secret_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINSHE_TEST_TOKEN", "hush-hush")
    channel = build_channels({"robot": {"kind": "wecom", "token_env": "LINSHE_TEST_TOKEN"}}, tmp_path)["robot"]
    assert "hush" not in repr(channel)


def test_no_channels_is_a_choice(tmp_path: Path) -> None:
    assert build_channels({}, tmp_path) == {}


def test_the_example_in_the_readme_is_a_good_one(tmp_path: Path) -> None:
    readme = Path(ingest.channels.__file__).with_name("README.md").read_text(encoding="utf-8")
    example = readme.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "sms.token").write_text("hush")
    assert list(build_channels(tomllib.loads(example)["notify"], tmp_path)) == ["sms"]


def test_the_readme_names_every_setting() -> None:
    readme = Path(ingest.channels.__file__).with_name("README.md").read_text(encoding="utf-8")
    named = {field for settings in BUILDERS for field in settings.__struct_fields__ if not field.endswith("_env")}
    assert len(named) > 15
    assert [field for field in sorted(named) if f"`{field}`" not in readme] == []
