"""Logging in: who gets in, who does not, and what the browser is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import func, select, update

from ingest.store.base.sessions import IDLE, LIFETIME, session_hash
from ingest.store.base.tables import people, sessions
from ingest.web.base.auth import SESSION_COOKIE
from ingest.web.site import make_site
from ingest.website import PARTS
from tests.ingest.reader import Reader, token_in
from tests.ingest.street import NOON, PASSWORD, Street


async def test_the_right_password_opens_a_session_of_which_only_a_hash_is_kept(street: Street, reader: Reader) -> None:
    answer = await reader.log_in("desk")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(text for text in answer.headers.get_list("set-cookie") if text.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    async with street.ctx.db.read() as connection:
        kept = (await connection.execute(select(sessions.c.session_hash))).scalars().all()
    token = reader.cookies[SESSION_COOKIE]
    assert kept == [session_hash(token)]
    assert token not in kept


async def test_behind_tls_cookies_are_secure_and_the_host_stays_on_tls(street: Street) -> None:
    transport = httpx2.ASGITransport(make_site(replace(street.deps, tls=True), PARTS))
    async with Reader(transport=transport, base_url="https://testserver") as reader:
        answer = await reader.log_in("desk")
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie") if "Max-Age=0" not in cookie)
    assert answer.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("login", "password"), [("desk", "wrong"), ("nobody", PASSWORD), ("desk", "x" * 300), ("", "")]
)
async def test_a_wrong_password_and_an_unknown_name_get_the_same_words(
    reader: Reader, login: str, password: str
) -> None:
    answer = await reader.log_in(login, password)
    assert answer.status_code == 401
    assert "Log-in name or password is wrong." in answer.text
    assert SESSION_COOKIE not in reader.cookies


async def test_who_guesses_has_to_wait_and_others_do_not(street: Street, reader: Reader) -> None:
    for _ in range(8):
        assert (await reader.log_in("desk", "x" * 300)).status_code == 401
    refused = await reader.log_in("desk")
    assert refused.status_code == 429
    assert "about 5 min" in refused.text
    assert (await reader.log_in("night")).status_code == 303
    street.clock.now = NOON + timedelta(minutes=5)
    reader.cookies.clear()
    assert (await reader.log_in("desk")).status_code == 303


async def test_a_log_in_form_that_is_not_ours_is_refused(reader: Reader) -> None:
    await reader.get("/login")
    for token in ("", "f" * 64, "é"):
        data = {"login": "desk", "password": PASSWORD, "csrf": token}
        assert (await reader.post("/login", data=data)).status_code == 403
    page = await reader.get("/login")
    reader.cookies.clear()
    data = {"login": "desk", "password": PASSWORD, "csrf": token_in(page.text)}
    assert (await reader.post("/login", data=data)).status_code == 403


async def test_logging_in_again_gives_a_new_session_and_ends_the_old_one(street: Street, reader: Reader) -> None:
    await reader.log_in("desk")
    first = reader.cookies[SESSION_COOKIE]
    await reader.get("/login")
    page = await reader.get("/login", headers={"cookie": ""})
    visitor = page.headers["set-cookie"].split(";")[0]
    answer = await reader.post(
        "/login",
        data={"login": "night", "password": PASSWORD, "csrf": token_in(page.text)},
        headers={"cookie": f"{visitor}; {SESSION_COOKIE}={first}"},
    )
    assert answer.status_code == 303
    async with street.ctx.db.read() as connection:
        kept = (await connection.execute(select(sessions.c.session_hash))).scalars().all()
    assert len(kept) == 1
    assert session_hash(first) not in kept


async def test_logging_out_ends_the_session_and_needs_our_form(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    assert (await reader.post("/logout", data={"csrf": "no"})).status_code == 403
    token = reader.cookies[SESSION_COOKIE]
    assert (await reader.post("/logout", data={"csrf": "csrf-of-desk"})).headers["location"] == "/login"
    reader.cookies.set(SESSION_COOKIE, token)
    assert (await reader.get("/")).status_code == 303
    async with street.ctx.db.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(sessions))).scalar_one() == 0


@pytest.mark.parametrize(("later", "status"), [(IDLE - timedelta(seconds=1), 200), (IDLE, 303)])
async def test_a_session_that_nobody_uses_ends(street: Street, reader: Reader, later: timedelta, status: int) -> None:
    await reader.become(street, "desk")
    street.clock.now = NOON + later
    assert (await reader.get("/")).status_code == status


async def test_a_session_ends_after_a_shift_however_busy(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    hours = int(LIFETIME / timedelta(hours=1))
    for hour in range(1, hours):
        street.clock.now = NOON + timedelta(hours=hour)
        assert (await reader.get("/")).status_code == 200, hour
    street.clock.now = NOON + LIFETIME
    assert (await reader.get("/")).status_code == 303


async def test_somebody_who_has_left_is_out_at_once(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    async with street.ctx.db.write() as connection:
        await connection.execute(update(people).where(people.c.person_id == "p-desk").values(active=False))
    assert (await reader.get("/")).status_code == 303


@pytest.mark.parametrize("back", ["//evil.example/x", "https://evil.example", "/\\evil.example"])
async def test_the_log_in_leads_to_no_other_host(street: Street, reader: Reader, back: str) -> None:
    await reader.become(street, "desk")
    assert (await reader.get("/login", params={"back": back})).headers["location"] == "/"


async def test_every_answer_forbids_scripts_of_others_frames_and_referrers(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    for path in ("/", "/login", "/go/nonsense", "/nowhere", "/static/console.js", "/api/v1/tickets", "/healthz"):
        headers = (await reader.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["x-content-type-options"] == "nosniff", path


async def test_pages_have_no_script_or_style_within_and_ask_no_other_host(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "desk")
    for path in ("/", "/tickets/new", f"/tickets/{ticket.ticket_id}", street.link(ticket, "p-vol"), "/login"):
        text = (await reader.get(path, follow_redirects=True)).text
        assert "<style" not in text, path
        assert " style=" not in text, path
        assert " onclick=" not in text, path
        assert "<script>" not in text, path
        assert 'href="http' not in text, path
        assert 'src="http' not in text, path
