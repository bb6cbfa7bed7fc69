"""The command `linshe-sim vendor`: a vendor in the foreground until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from simulators.vendors.server import Vendor
from simulators.vendors.services import Secrets


def add_vendor_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8025, help="port to listen on, 0 for any free one")
    parser.add_argument("--sms-token-file", type=Path, help="callers of SMS and voice must know this bearer token")
    parser.add_argument("--dingtalk-token-file", type=Path, help="callers of the DingTalk robot must know this token")
    parser.add_argument("--dingtalk-secret-file", type=Path, help="... and sign with this secret")
    parser.add_argument("--wecom-key-file", type=Path, help="callers of the WeCom robot must know this key")
    parser.add_argument("--feishu-token-file", type=Path, help="callers of the Feishu robot must know this token")
    parser.add_argument("--feishu-secret-file", type=Path, help="... and sign with this secret")
    parser.add_argument("--webhook-secret-file", type=Path, help="webhook calls must be signed with this secret")


def _read(file: Path | None) -> str | None:
    return None if file is None else file.read_text(encoding="utf-8").strip()


def _secrets(arguments: argparse.Namespace) -> Secrets:
    webhook = _read(arguments.webhook_secret_file)
    return Secrets(
        sms_token=_read(arguments.sms_token_file),
        dingtalk_token=_read(arguments.dingtalk_token_file),
        dingtalk_secret=_read(arguments.dingtalk_secret_file),
        wecom_key=_read(arguments.wecom_key_file),
        feishu_token=_read(arguments.feishu_token_file),
        feishu_secret=_read(arguments.feishu_secret_file),
        webhook_secret=None if webhook is None else webhook.encode(),
    )


def run_vendor(arguments: argparse.Namespace) -> int:
    """Answer calls until SIGINT or SIGTERM; return the exit code."""
    try:
        vendor = Vendor(arguments.host, arguments.port, _secrets(arguments))
    except (OSError, OverflowError, UnicodeDecodeError) as error:
        print(f"linshe-sim vendor: can't start on {arguments.host}:{arguments.port}: {error}", file=sys.stderr)
        return 1
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with vendor:
        print(f"vendor: {vendor.url}/", flush=True)
        signal.sigwait(stops)
    return 0
