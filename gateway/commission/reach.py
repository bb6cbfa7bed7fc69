"""Reach: are the servers there, is their certificate good, do they let us in? Connects, says hello, hangs up."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from gateway.assembly.lines import tls_of
from gateway.commission.checks import CheckFinding
from gateway.config.settings import LineSettings, UplinkSettings
from gateway.links.mqtt_session import BrokerAddress, MqttSession, Tls
from models.kit.secrets import read_secret

_PATIENCE_S = 8.0


async def server(what: str, host: str, port: int, tls: ssl.SSLContext | None = None) -> CheckFinding:
    """Whether a TCP server takes connections; with `tls` also whether its certificate is good."""
    place = f"{host}:{port}"
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port, ssl=tls)
    except TimeoutError:
        return CheckFinding(what, "wrong", f"{place} does not answer in {_PATIENCE_S:g} s", "is a firewall between?")
    except ssl.SSLCertVerificationError as error:
        text = f"{place} shows a certificate that is not to be believed: {error.verify_message}"
        return CheckFinding(what, "wrong", text, "correct ca_file, or the name under which the server is called")
    except (ssl.SSLError, OSError) as error:
        return CheckFinding(what, "wrong", f"{place}: {error}", "is the server running, and is that its port?")
    writer.close()
    return CheckFinding(what, "ok", f"{place} answers" + (", its certificate is good" if tls is not None else ""))


async def line_broker(line: LineSettings) -> CheckFinding:
    """Whether the detectors' broker lets us in; raises `SecretError`."""
    password = read_secret(line.password_file, line.password_env)
    tls = tls_of(line.tls)
    return await _broker(f"line {line.name}", line.host or "", line.mqtt_port, (line.username, password), tls)


async def uplink(gateway: str, settings: UplinkSettings) -> list[CheckFinding]:
    """Whether ingest's doors can be reached; the broker is asked with our name and password."""
    tls = tls_of(settings.tls)
    password = read_secret(settings.password_file, settings.password_env)
    found = [await _broker("uplink", settings.host, settings.port, (settings.username, password), tls)]
    if settings.tls is None and settings.host not in ("127.0.0.1", "localhost", "::1"):
        text = "goes over the network without TLS: messages are sealed, but who talks to whom can be seen"
        found.append(CheckFinding("uplink", "warning", text, "add tls = { ca_file = … }"))
    if settings.http_url is not None:
        found.append(await _web(settings.http_url, tls))
    return found


async def _web(url: str, tls: Tls | None) -> CheckFinding:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    context = _context(tls) if secure else None
    return await server("uplink.http_url", parts.hostname or "", parts.port or (443 if secure else 80), context)


def _context(tls: Tls | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(tls.ca_file) if tls is not None and tls.ca_file else None)
    if tls is not None and tls.cert_file is not None:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return context


async def _broker(
    what: str, host: str, port: int, login: tuple[str | None, str | None], tls: Tls | None
) -> CheckFinding:
    """Let the gateway's own session try; the name is not the gateway's, or the running one would be thrown out."""
    if tls is not None:
        reached = await server(what, host, port, _context(tls))
        if reached.state == "wrong":
            return reached
    state: asyncio.Queue[str | None] = asyncio.Queue()
    broker = BrokerAddress(host, port, "linshe-doctor", (), login[0], login[1], tls)
    session = MqttSession(broker, lambda _message: None, state.put_nowait)
    await session.start()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reason = await state.get()
    except TimeoutError:
        reason = f"no answer in {_PATIENCE_S:g} s"
    finally:
        await session.stop()
    if reason is None:
        return CheckFinding(what, "ok", f"the broker at {host}:{port} lets us in" + (" by TLS" if tls else ""))
    return CheckFinding(
        what, "wrong", f"broker {host}:{port}: {reason}", "is it running; are user, password and ca_file right?"
    )
