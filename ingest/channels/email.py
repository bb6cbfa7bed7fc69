"""E-mail over SMTP, in a thread of its own; TLS is verified, and a password never travels without it."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from ingest.channels.addresses import mailbox
from ingest.channels.contract import Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.channels.settings import EmailSettings, fault


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of a notice: the same for the same key, so that mail systems can drop a repeat."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


class EmailChannel:
    """Hands a notice to one mail server."""

    def __init__(
        self,
        name: str,
        settings: EmailSettings,
        password: str | None,
        base_dir: Path,
        wall_seconds: Callable[[], float],
    ) -> None:
        """`wall_seconds` gives the time since 1970 for the Date line.

        Raises `ConfigError` for settings that would show a password or can't send at all."""
        if mailbox(settings.sender) is None:
            raise fault("notify", name, "sender must be a plain mailbox, such as linshe@example.org")
        if (settings.username is None) != (password is None):
            raise fault("notify", name, "username and password_file (or _env) go together")
        if settings.tls == "none" and password is not None:
            raise fault("notify", name, 'a password needs tls = "starttls" or "tls"')
        self._settings = settings
        self._password = password
        self._wall_seconds = wall_seconds
        self._tls = ssl.create_default_context()
        if settings.ca_file is not None:
            try:
                self._tls.load_verify_locations(base_dir / settings.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise fault("notify", name, f"ca_file {settings.ca_file} can't be read as PEM") from error

    async def send(self, notice: OutgoingNotice) -> Delivery:
        """Send the notice; see `Channel`."""
        address = mailbox(notice.address)
        if address is None:
            return Rejected("email: the address is not a mailbox", wrong_address=True)
        message = self._compose(notice, address)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await asyncio.to_thread(self._hand_over, message)
        except TimeoutError:
            return Unreachable(f"email: {self._settings.host}: no answer within {self._settings.timeout_s:g} s")

    def _compose(self, notice: OutgoingNotice, address: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = " ".join(notice.title.split())
        message["From"] = self._settings.sender
        message["To"] = address
        message["Date"] = formatdate(self._wall_seconds())
        message["Message-ID"] = message_id(notice.key, self._settings.sender)
        message["Auto-Submitted"] = "auto-generated"
        if notice.urgent:
            message["Importance"] = "high"
        message.set_content(notice.text_with_link + "\n")
        return message

    def _hand_over(self, message: EmailMessage) -> Delivery:
        host = self._settings.host
        try:
            with self._connection() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            return _by_code(host, min(code for code, _ in error.recipients.values()), wrong_address=True)
        except smtplib.SMTPResponseException as error:
            return _by_code(host, error.smtp_code)
        except (smtplib.SMTPException, OSError) as error:
            return Unreachable(f"email: {host}: {type(error).__name__}")
        return Delivered(str(message["Message-ID"]))

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        settings = self._settings
        server: smtplib.SMTP
        if settings.tls == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_s, context=self._tls)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
        try:
            if settings.tls == "starttls":
                server.starttls(context=self._tls)
            if settings.username is not None and self._password is not None:
                server.login(settings.username, self._password)
            yield server
            # the mail is handed over: a clumsy farewell must not turn it into a failure and send it twice
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


def _by_code(host: str, code: int, *, wrong_address: bool = False) -> Delivery:
    if 500 <= code <= 599:
        return Rejected(f"email: {host}: SMTP {code}", wrong_address=wrong_address)
    return Unreachable(f"email: {host}: SMTP {code}")
