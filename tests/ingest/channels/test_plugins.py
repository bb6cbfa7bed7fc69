"""A town adds its own channels and centres as an installed distribution; a broken one harms nobody else."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

import ingest.outward.forwarders
from ingest.channels.contract import Delivered, OutgoingNotice, Rejected, Unreachable
from ingest.channels.plugins import CHANNELS, FORWARDERS, find_plugins
from ingest.channels.registry import build_callbacks, build_channels
from ingest.outward.forwarders.contract import Forward
from ingest.outward.forwarders.registry import build_forwarders, wishes
from ingest.outward.forwarders.settings import WantedEvents
from ingest.outward.plugins.scaip.plugin import PLUGIN as SCAIP
from ingest.settings import load_settings
from models.kit.config_reader import ConfigError

FAX = """
    from pathlib import Path

    from msgspec import Struct

    from ingest.channels.contract import Delivered
    from ingest.channels.plugins import Plugin
    from ingest.outward.forwarders.settings import WantedEvents


    class FaxSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="fax"):
        folder: str
        wants: WantedEvents = WantedEvents(kinds=("smoke",))


    class Fax:
        def __init__(self, folder):
            self._folder = folder

        async def send(self, what):
            (self._folder / "paper.txt").write_text(getattr(what, "text", "") or what.text_en)
            return Delivered("page-1")

        async def close(self):
            (self._folder / "closed").touch()


    def check(reader, settings, path):
        if settings.folder == "bin":
            reader.complain((*path, "folder"), "is where paper goes to die; name another")


    def build(name, settings, base_dir, wall_seconds):
        return Fax(base_dir / settings.folder)


    FAX = Plugin(FaxSettings, build, check)
"""
CRASHES = FAX.replace("return Fax(base_dir / settings.folder)", 'raise RuntimeError(f"no {settings.folder}")')
SMS = {"kind": "sms_http", "url": "http://127.0.0.1:1/"}
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lay out an installed distribution with one module and its entry points."""

    def lay(name: str, source: str, *, group: str, kind: str, value: str = "FAX") -> None:
        folder = tmp_path / "site" / name
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{name}.py").write_text(dedent(source))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{kind} = {name}:{value}\n")
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return lay


def event() -> Forward:
    at = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
    return Forward(
        key="t-1.1", serial=1, event="opened", number=1, at=at, ticket_id="t-1", home_id="h-1", label="1-1",
        area_id="c1", kind="smoke", severity="critical", status="open", condition="active", outcome=None,
        text_zh="烟雾", text_en="Smoke at 1-1.", since=at, opened_at=at,
    )  # fmt: skip


async def test_a_channel_of_the_town_s_own_sends(install: Install, notice: OutgoingNotice, tmp_path: Path) -> None:
    install("town_fax_1", FAX, group=CHANNELS, kind="fax")
    channels = build_channels({"fax": {"kind": "fax", "folder": "."}, "sms": SMS}, tmp_path)
    assert await channels["fax"].send(notice) == Delivered("page-1")
    assert (tmp_path / "paper.txt").read_text() == notice.text
    assert list(channels) == ["fax", "sms"]


async def test_a_centre_of_the_town_s_own_hears_of_what_it_wants(install: Install, tmp_path: Path) -> None:
    install("town_fax_2", FAX, group=FORWARDERS, kind="fax")
    table = {"north": {"kind": "fax", "folder": "."}, "south": {"kind": "fax", "folder": ".", "wants": {"area": "s"}}}
    ways = build_forwarders(table, tmp_path, lambda: 0.0)
    assert await ways["north"].send(event()) == Delivered("page-1")
    assert (tmp_path / "paper.txt").read_text() == "Smoke at 1-1."
    assert wishes(table) == {"north": ("fax", WantedEvents(kinds=("smoke",))), "south": ("fax", WantedEvents(area="s"))}
    await ways["north"].close()
    assert (tmp_path / "closed").exists()


def settings_file(folder: Path, tables: str) -> Path:
    (folder / "master.key").write_text("ab" * 32)
    path = folder / "ingest.toml"
    path.write_text(f'[ingest]\nmaster_key_file = "master.key"\n{tables}')
    return path


def test_mistakes_in_a_plug_in_s_table_are_told_with_line_and_key(install: Install, tmp_path: Path) -> None:
    install("town_fax_3", FAX, group=CHANNELS, kind="fax")
    path = settings_file(
        tmp_path,
        '[notify.a]\nkind = "fax"\nfoldr = "x"\n[notify.b]\nkind = "fax"\nfolder = "bin"\n[notify.c]\nkind = "fxa"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})
    told = {(one.line, one.key): one.message for one in caught.value.problems}
    assert set(told) == {
        (3, "notify.a.folder"),
        (5, "notify.a.foldr"),
        (8, "notify.b.folder"),
        (10, "notify.c.kind"),
    }
    assert "fax" in told[10, "notify.c.kind"]


@pytest.mark.parametrize(
    ("source", "value", "why"),
    [
        ("import a_library_that_nobody_has_installed", "FAX", "a_library_that_nobody_has_installed"),
        ("1 / 0", "FAX", "ZeroDivisionError"),
        (FAX, "FAXX", "FAXX"),
        (FAX, "Fax", "is no Plugin but a type"),
        (FAX.replace('tag="fax"', 'tag="telex"'), "FAX", 'tag="fax"'),
    ],
)
async def test_a_broken_plug_in_is_out_of_action_loudly_and_alone(
    install: Install,
    notice: OutgoingNotice,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    source: str,
    value: str,
    why: str,
) -> None:
    install("town_broken", source, group=CHANNELS, kind="fax", value=value)
    path = settings_file(
        tmp_path,
        '[notify.fax]\nkind = "fax"\nnobody = "knows"\n[notify.sms]\nkind = "sms_http"\nurl = "http://127.0.0.1:1/"\n',
    )
    with caplog.at_level(logging.ERROR):
        table = load_settings(path, {}).notify
        channels = build_channels(table, tmp_path)
    assert why in caplog.text
    assert "town_broken" in caplog.text
    result = await channels["fax"].send(notice)
    assert isinstance(result, Rejected)  # the person's next channel is tried
    assert "out of action" in result.reason
    assert isinstance(await channels["sms"].send(notice), Unreachable)  # it is there and tries
    assert build_callbacks(table, tmp_path) == {}


async def test_a_plug_in_that_fails_while_it_is_built_tells_no_secret_and_harms_no_other(
    install: Install, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install("town_crashes", CRASHES, group=FORWARDERS, kind="fax")
    table = {
        "fax": {"kind": "fax", "folder": "hush"},
        "fire": {"kind": "gbt26875", "host": "127.0.0.1", "port": 9000, "source": 1, "target": 2},
    }
    ways = build_forwarders(table, tmp_path, lambda: 0.0)
    assert set(ways) == {"fax", "fire"}
    result = await ways["fax"].send(event())
    assert isinstance(result, Unreachable)  # its events wait, and become a ticket
    assert "RuntimeError" in result.reason
    assert "RuntimeError" in caplog.text
    assert "hush" not in caplog.text + result.reason


async def test_a_centre_whose_plug_in_is_broken_goes_on_wanting_what_its_table_says(
    install: Install, tmp_path: Path
) -> None:
    install("town_gone", "import gone_for_good", group=FORWARDERS, kind="fax")
    table = {"fax": {"kind": "fax", "folder": ".", "wants": {"severity_from": "urgent"}}}
    assert wishes(table) == {"fax": ("fax", WantedEvents(severity_from="urgent"))}
    assert isinstance(await build_forwarders(table, tmp_path, lambda: 0.0)["fax"].send(event()), Unreachable)


def test_two_plug_ins_of_one_kind_are_an_error_that_names_both(install: Install, tmp_path: Path) -> None:
    install("town_one", FAX, group=CHANNELS, kind="fax")
    install("town_two", FAX, group=CHANNELS, kind="fax")
    with pytest.raises(ConfigError, match=r"fax: (town_one and town_two|town_two and town_one) have this kind"):
        build_channels({}, tmp_path)


def test_a_plug_in_can_not_take_the_place_of_a_kind_of_ours(install: Install, tmp_path: Path) -> None:
    install("town_hook", FAX.replace('tag="fax"', 'tag="webhook"'), group=FORWARDERS, kind="webhook")
    with pytest.raises(ConfigError, match="webhook: Linshe itself and town_hook have this kind"):
        build_forwarders({}, tmp_path, lambda: 0.0)


def test_scaip_comes_by_the_same_door() -> None:
    assert find_plugins(FORWARDERS).good["scaip"] is SCAIP


async def test_the_readme_s_example_is_a_good_one(install: Install, tmp_path: Path) -> None:
    readme = Path(ingest.outward.forwarders.__file__).with_name("README.md").read_text(encoding="utf-8")
    source = readme.partition("```python\n")[2].partition("```")[0]
    install("town_board", source, group=FORWARDERS, kind="town_board", value="PLUGIN")
    ways = build_forwarders({"board": {"kind": "town_board", "folder": "."}}, tmp_path, lambda: 0.0)
    assert await ways["board"].send(event()) == Delivered("t-1.1")
    assert (tmp_path / "t-1.1.txt").read_text(encoding="utf-8") == "烟雾"
    assert 'town_board = "town_board.plugin:PLUGIN"' in readme
