"""The demonstration's own machinery: its folder, its clock, its children, its phones."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from simulators.demo.children import ChildError, Supervisor
from simulators.demo.folder import FolderError, claim
from simulators.demo.phones import PhoneError, press, read_forms
from simulators.demo.ports import choose_ports
from simulators.demo.timing import choose_pace

ZONE = ZoneInfo("Asia/Shanghai")


def test_what_an_earlier_run_left_is_removed(tmp_path: Path) -> None:
    first = claim(tmp_path / "demo")
    first.write("gateway.sqlite", "half a file")
    first.release()
    second = claim(tmp_path / "demo")
    assert sorted(path.name for path in second.root.iterdir()) == ["lines", "linshe-demo.lock", "logs"]
    second.release()


def test_two_demonstrations_do_not_share_a_folder(tmp_path: Path) -> None:
    held = claim(tmp_path / "demo")
    with pytest.raises(FolderError, match="a demonstration is running"):
        claim(tmp_path / "demo")
    held.release()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "home" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("dear")
    with pytest.raises(FolderError, match="was not made by a demonstration"):
        claim(tmp_path / "home")
    assert letter.read_text() == "dear"


@pytest.mark.parametrize("spoil", ["a file", "a folder full of rubbish"])
def test_a_spoilt_folder_of_the_usual_name_is_made_anew(tmp_path: Path, spoil: str) -> None:
    root = tmp_path / ".demo"
    if spoil == "a file":
        root.write_text("not a folder")
    else:
        (root / "linshe-demo.lock").mkdir(parents=True)
        (root / "ingest.sqlite").write_text("rubbish")
    folder = claim(root)
    assert not (folder.root / "ingest.sqlite").exists()
    folder.release()


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = claim(tmp_path / "demo")
    assert folder.write("key", "secret", secret=True).stat().st_mode & 0o777 == 0o600
    folder.release()


@pytest.mark.parametrize("hour", range(24))
def test_at_any_hour_the_whole_story_lies_in_the_past_and_is_told_within_75_seconds(hour: int) -> None:
    now = datetime(2026, 11, 23, hour, 17, tzinfo=ZONE)
    pace = choose_pace(now, ZONE)
    begin = pace.virtual_start.astimezone(ZONE)
    noticed = (begin + timedelta(days=1)).replace(hour=18, minute=0)
    assert (begin.hour, begin.minute) == (20, 0)
    assert noticed < now
    assert pace.wall_seconds_until(noticed, pace.wall_start) <= 75
    assert pace.wall_seconds_until(now, pace.wall_start) <= 150
    later = now.astimezone(UTC) + timedelta(minutes=10)
    assert pace.virtual(later) == later


def test_two_demonstrations_at_once_choose_different_ports() -> None:
    first, second = choose_ports(), choose_ports()
    try:
        assert not {first.broker, first.web, first.vendor} & {second.broker, second.web, second.vendor}
    finally:
        first.release()
        second.release()


async def until(good: object, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not good():  # type: ignore[operator]
            await asyncio.sleep(0.02)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sleeper.py").write_text(
        "import os, sys, time\n"
        "open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"
        "sys.exit(3) if sys.argv[2] == 'fails' else time.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text()


async def test_a_killed_child_is_started_again_and_at_the_end_none_is_left(programs: Path) -> None:
    restarted: list[str] = []
    supervisor = Supervisor(programs, restarted.append)
    told = programs / "pids"
    await supervisor.start("sleeper", "sleeper", str(told), "sleeps")
    await until(lambda: len(pids(told)) == 1)
    supervisor.kill("sleeper")
    await until(lambda: len(pids(told)) == 2)
    assert restarted == ["sleeper"]
    assert supervisor.restarts == 1
    await supervisor.stop()
    assert not [pid for pid in pids(told) if alive(pid)]


async def test_a_child_that_never_comes_up_is_given_up_with_its_last_words(programs: Path) -> None:
    supervisor = Supervisor(programs, lambda _: None)
    await supervisor.start("sleeper", "sleeper", str(programs / "pids"), "fails")
    await until(lambda: supervisor.failed() is not None, 120)
    assert "ended 5 times in a row" in str(supervisor.failed())
    await supervisor.stop()


async def test_a_program_that_fails_says_why(programs: Path) -> None:
    with pytest.raises(ChildError, match=r"no-such-module failed:\n.*No module named"):
        await Supervisor(programs, lambda _: None).run_once("no-such-module", "no_such_module")


async def test_children_die_with_a_parent_that_is_killed(programs: Path) -> None:
    told = programs / "pids"
    script = (
        "import asyncio, pathlib, sys\nfrom simulators.demo.children import Supervisor\n"
        "async def main():\n"
        "    supervisor = Supervisor(pathlib.Path(sys.argv[1]), print)\n"
        "    await supervisor.start('sleeper', 'sleeper', sys.argv[2], 'sleeps')\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(programs), str(told))
    try:
        await until(lambda: len(pids(told)) == 1)
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: not alive(pids(told)[0]))
    assert os.getpid() not in pids(told)


PAGE = """
<form method="post" id="do-take"><input type="hidden" name="csrf" value="p&amp;q">
<input type="hidden" name="event" value="take"><button>Go</button></form>
<form method="post"><input type="hidden" name="event" value="resolve">
<input type="radio" name="outcome" value="helped"><input type="radio" name="outcome" value="habit"></form>
"""


@pytest.fixture
def page() -> object:
    sent: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(PAGE.encode())

        def do_POST(self) -> None:
            sent.append(parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()))
            self._answer(b"done")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/go/token", sent
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_press_sends_the_form_s_own_fields(page: tuple[str, list[dict[str, list[str]]]]) -> None:
    link, sent = page
    press(link, "take")
    press(link, "resolve", outcome="habit")
    assert sent == [{"csrf": ["p&q"], "event": ["take"]}, {"event": ["resolve"], "outcome": ["habit"]}]


def test_a_button_or_choice_that_the_page_does_not_offer_is_not_pressed(page: tuple[str, list[object]]) -> None:
    link, sent = page
    with pytest.raises(PhoneError, match="offers no arrive"):
        press(link, "arrive")
    with pytest.raises(PhoneError, match="outcome can't be eaten"):
        press(link, "resolve", outcome="eaten")
    assert sent == []


def test_forms_are_told_apart() -> None:
    assert [form.fields.get("event") for form in read_forms(PAGE)] == ["take", "resolve"]


@pytest.mark.parametrize("link", ["", "file:///etc/hostname", "http://127.0.0.1:1/go/x"])
def test_a_link_that_leads_nowhere_is_an_error_of_the_phone(link: str) -> None:
    with pytest.raises(PhoneError):
        press(link, "take")
