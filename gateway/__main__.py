"""The gateway's command line. Every command stands in one table row; only the one that was called is imported."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.config.catalogue import load_settings
from gateway.config.tolerant import load_tolerant
from gateway.health.status import read_status
from gateway.state.fallback_store import state_file
from gateway.state.store import StoreError, read_only
from models.kit.config_reader import ConfigError
from models.kit.secrets import SecretError
from models.texts.catalogue import TextError
from models.texts.texts import load_texts

log = logging.getLogger(__name__)

_BAD_INPUT = 2


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A command that lives in a room of its own: `module` has `add_<verb>_arguments` and `run_<verb>`."""

    module: str
    verb: str
    help_text: str


_ELSEWHERE = {
    "decode": Elsewhere("gateway.commission.decode", "decode", "read frames given as hex"),
    "scan": Elsewhere("gateway.commission.scan", "scan", "find the meters on a line, write a configuration"),
    "probe": Elsewhere("gateway.commission.probe", "probe", "read one device once, show bytes and decoding"),
    "frames": Elsewhere("gateway.commission.frames", "frames", "show the odd bytes that were kept"),
    "doctor": Elsewhere("gateway.commission.doctor", "doctor", "test ports, rights, clock, disk, broker"),
    "backup": Elsewhere("gateway.commission.backup", "backup", "copy the state file, also of a running gateway"),
    "restore": Elsewhere("gateway.commission.backup", "restore", "put a backup in the state file's place"),
    "replay": Elsewhere("gateway.replay", "replay", "send recorded readings through"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv`; return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _parser(arguments).parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except (ConfigError, SecretError, StoreError, TextError) as error:
        print(error, file=sys.stderr)
        return _BAD_INPUT
    except sqlite3.DatabaseError as error:
        print(f"the state file can't be read: {error}; was it made by another program?", file=sys.stderr)
        return _BAD_INPUT


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="linshe-gateway", description="Watches homes through their meters.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, run, help_text in (
        ("run", _run, "run the gateway"),
        ("check-config", _check_config, "say everything that is wrong with a gateway.toml"),
        ("status", _status, "what the outbox holds, how lines and devices are doing, as JSON"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--config", type=Path, default=Path("gateway.toml"), help="default: gateway.toml")
        command.set_defaults(run=run)
    for name, row in _ELSEWHERE.items():
        command = commands.add_parser(name, help=row.help_text)
        if name in arguments[:1]:
            # imported only when called: replay brings libraries that the daemon must not carry
            module: Any = importlib.import_module(row.module)
            getattr(module, f"add_{row.verb}_arguments")(command)
            command.set_defaults(run=getattr(module, f"run_{row.verb}"))
    return parser


def _run(args: argparse.Namespace) -> int:
    # imported only when called: the daemon's parts cost `decode` and `check-config` half of their start-up
    app_module: Any = importlib.import_module("gateway.app")
    usable = load_tolerant(args.config)
    for problem in usable.problems:
        log.error("%s", problem)
    if usable.problems:
        log.error("the gateway starts with what is good; left out: %s", [one.name for one in usable.left_out])
    load_texts()
    asyncio.run(app_module.App(usable).run())
    return 0


def _check_config(args: argparse.Namespace) -> int:
    settings, _ = load_settings(args.config)
    counts = f"{len(settings.homes)} homes, {len(settings.devices)} devices, {len(settings.lines)} lines"
    print(f"{args.config}: good: {counts}")
    return 0


def _status(args: argparse.Namespace) -> int:
    settings = load_tolerant(args.config).settings
    with closing(read_only(state_file(settings.gateway.state))) as db:
        print(json.dumps(read_status(db, Clock().wall()), ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
