"""E-mail against a real SMTP server (aiosmtpd): TLS, passwords, repeats, hostile addresses."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ingest.channels.contract import Delivered, OutgoingNotice, Rejected, Unreachable
from ingest.channels.registry import build_channels


class Mailbox:
    """Keeps what comes."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.got.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return "250 kept"


def _check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"linshe", b"hush")
    return AuthResult(success=right, handled=False)


@pytest.fixture
async def post_office(tmp_path: Path) -> AsyncIterator[tuple[Mailbox, int]]:
    """A mail server that asks for TLS and a password."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "password").write_text("hush\n")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    box = Mailbox()

    def protocol() -> SMTP:
        return SMTP(box, tls_context=tls, require_starttls=True, auth_required=True, authenticator=_check)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield box, server.sockets[0].getsockname()[1]
    finally:
        server.close()


def settings(port: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": "email", "host": "127.0.0.1", "port": port, "sender": "linshe@example.org", "ca_file": "ca.pem",
        "username": "linshe", "password_file": "password", "timeout_s": 30.0, **more,
    }  # fmt: skip


async def test_a_mail_arrives_over_tls_with_its_words_and_the_same_id_each_time(
    post_office: tuple[Mailbox, int], notice: OutgoingNotice, tmp_path: Path
) -> None:
    box, port = post_office
    channel = build_channels({"mail": settings(port)}, tmp_path)["mail"]
    mail = dataclasses.replace(
        notice, address="li@example.org", title="【危急】烟雾报警\nX: y", text="烟雾报警,3-201。"
    )
    first, second = await channel.send(mail), await channel.send(mail)
    assert isinstance(first, Delivered)
    assert first == second
    assert [m["Message-ID"] for m in box.got] == [first.vendor_id] * 2
    assert box.got[0]["Subject"] == "【危急】烟雾报警 X: y"
    assert box.got[0]["To"] == "li@example.org"
    assert box.got[0]["X"] is None
    assert box.got[0].get_content().strip() == f"烟雾报警,3-201。 {notice.link}"


async def test_a_wrong_password_is_a_refusal(
    post_office: tuple[Mailbox, int], notice: OutgoingNotice, tmp_path: Path
) -> None:
    box, port = post_office
    (tmp_path / "password").write_text("guess")
    channel = build_channels({"mail": settings(port)}, tmp_path)["mail"]
    assert await channel.send(dataclasses.replace(notice, address="li@example.org")) == Rejected(
        "email: 127.0.0.1: SMTP 535"
    )
    assert box.got == []


async def test_an_unknown_certificate_gets_no_mail_and_no_password(
    post_office: tuple[Mailbox, int], notice: OutgoingNotice, tmp_path: Path
) -> None:
    box, port = post_office
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    channel = build_channels({"mail": settings(port)}, tmp_path)["mail"]
    delivery = await channel.send(dataclasses.replace(notice, address="li@example.org"))
    assert isinstance(delivery, Unreachable)
    assert box.got == []


@pytest.mark.parametrize(
    "address",
    ["", "li", "a@b, c@d.org", "Li <li@example.org>", "li@example.org\nBcc: all@example.org", "李@example.org"],
)
async def test_an_address_that_is_not_one_mailbox_is_refused(
    address: str, post_office: tuple[Mailbox, int], notice: OutgoingNotice, tmp_path: Path
) -> None:
    box, port = post_office
    channel = build_channels({"mail": settings(port)}, tmp_path)["mail"]
    assert isinstance(await channel.send(dataclasses.replace(notice, address=address)), Rejected)
    assert box.got == []
