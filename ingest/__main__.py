"""linshe-ingest: the command line. Reads arguments, builds, runs; every error is one line that says what to do."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.actions.base.passwords import WeakPasswordError
from ingest.actions.duty.change_roster import RosterRefusedError
from ingest.actions.duty.rehearse_call import UnknownHomeError
from ingest.app import serve, wall_clock
from ingest.commands import backups, habits, places, plans, rosters
from ingest.commands.backups import BackupError
from ingest.domain.base.people import Role
from ingest.fleet.actions.fit_district import PriorFileError
from ingest.places.actions.add_user import NewUser, UserError, add_user
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import GatewayEntry, PlaceFile, PlaceFileError, check_gateway_id
from ingest.places.placefile_reader import read_places
from ingest.places.sheets.workbook import WorkbookError
from ingest.settings import Settings, load_settings
from ingest.store.base.database import Database, NoAnswerError
from ingest.store.base.places import generations
from ingest.store.schema import OldSchemaError, check_schema
from ingest.wings import WINGS, open_database
from models.kit.config_reader import ConfigError
from models.texts.catalogue import TextError
from models.texts.texts import load_texts

_OUR_WORDS = (
    ConfigError,
    PlaceFileError,
    UserError,
    WeakPasswordError,
    OldSchemaError,
    RosterRefusedError,
    UnknownHomeError,
    WorkbookError,
    PriorFileError,
    BackupError,
    TextError,
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="linshe-ingest", description="Tickets, on-call and escalation for Linshe")
    parser.add_argument("--config", type=Path, default=Path("ingest.toml"), help="settings (default: ingest.toml)")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("serve", help="run web and worker")
    alone = run.add_mutually_exclusive_group()
    alone.add_argument("--web-only", action="store_true", help="console, phone pages and the HTTP door")
    alone.add_argument("--worker-only", action="store_true", help="the MQTT door, notices, escalation, audit")
    schema = commands.add_parser("migrate", help="bring the database's schema up to date")
    back = "undo the newest step instead, to put the program before it back; what only the newer one keeps is dropped"
    schema.add_argument("--back", action="store_true", help=back)
    load = commands.add_parser("load", help="load areas, gateways, homes, people and plans")
    load.add_argument("file", type=Path)
    user = commands.add_parser("user", help="people who log in").add_subparsers(dest="what", required=True)
    add = user.add_parser("add", help="add a user, or give one a new password")
    add.add_argument("--login", required=True)
    add.add_argument("--role", required=True, type=Role, choices=list(Role), metavar="|".join(Role))
    add.add_argument("--area", required=True)
    add.add_argument("--name")
    add.add_argument("--language", choices=["zh", "en"], default="zh")
    add.add_argument("--password-file", type=Path, help="its first line; without it the password is asked for")
    gateway = commands.add_parser("gateway", help="gateways").add_subparsers(dest="what", required=True)
    new = gateway.add_parser("add", help="add a gateway")
    new.add_argument("id")
    new.add_argument("--area", required=True)
    new.add_argument("--print-key", action="store_true", help="print the key for the gateway's key_file")
    places.add_arguments(commands)
    rosters.add_arguments(commands)
    plans.add_arguments(commands)
    habits.add_arguments(commands)
    backups.add_arguments(commands)
    return parser


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return the exit code."""
    if arguments.command == "serve":
        await serve(settings, web=not arguments.worker_only, worker=not arguments.web_only)
        return 0
    if arguments.command in ("backup", "restore"):
        return await backups.run(arguments, settings.database)
    db = open_database(settings.database)
    try:
        if arguments.command == "migrate":
            await _migrate(db, back=arguments.back)
            return 0
        await check_schema(db)
        return await _at_desk(ActionContext(db, settings.keys, settings.public_url, WINGS), arguments, settings.zone)
    finally:
        await db.close()


async def _migrate(db: Database, *, back: bool) -> None:
    from ingest.store.migrate import migrate, step_back  # noqa: PLC0415 - Alembic is slow to import, see `schema`

    if back:
        await step_back(db)
        print("the schema is one step older; this program refuses it, the one before it runs on it")
    else:
        await migrate(db)
        print("the schema is up to date")


async def _at_desk(ctx: ActionContext, arguments: argparse.Namespace, zone: ZoneInfo) -> int:
    """Run a command on a database that is there; return the exit code."""
    now = wall_clock()
    match arguments.command:
        case "roster":
            return await rosters.run(ctx, arguments, zone, now)
        case "places":
            return await places.run(ctx, arguments)
        case "plan":
            return await plans.run(ctx, arguments, zone, now)
        case "habits":
            return await habits.run(ctx, arguments, now.astimezone(zone).date(), now)
        case "load":
            counts = await load_places(ctx, read_places(arguments.file))
            print(", ".join(f"{count} {name}" for name, count in counts.items()))
        case "user":
            await _add_user(ctx, arguments)
        case _:
            await _add_gateway(ctx, arguments)
    return 0


async def _add_user(ctx: ActionContext, arguments: argparse.Namespace) -> None:
    user = NewUser(
        arguments.login, arguments.role, arguments.area, arguments.name or arguments.login, arguments.language
    )
    is_new = await add_user(ctx, user, _password(arguments.password_file), wall_clock())
    print(f"{user.login} {'can log in' if is_new else 'has the new password'}")


def _password(file: Path | None) -> str:
    if file is None:
        return getpass.getpass("Password: ")
    try:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from error


async def _add_gateway(ctx: ActionContext, arguments: argparse.Namespace) -> None:
    check_gateway_id(arguments.id)
    await load_places(ctx, PlaceFile(gateways=[GatewayEntry(id=arguments.id, area=arguments.area)]))
    if arguments.print_key:
        async with ctx.db.read() as connection:
            generation = (await generations(connection, [arguments.id]))[arguments.id]
        print(ctx.keys.of_gateway(arguments.id, generation).hex())
    else:
        print(f"gateway {arguments.id} stands in {arguments.area}; its key: the same command with --print-key")


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, 2 for what the user has to mend, 1 for a database that does not answer.

    `roster check` returns 1 where it finds a hole.
    """
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # SQLAlchemy and alembic would log statements with people's data in them at INFO
    for chatty in ("sqlalchemy", "alembic", "httpx2", "aiosqlite"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        load_texts()
        return asyncio.run(_run(arguments, load_settings(arguments.config)))
    except _OUR_WORDS as error:
        print(f"linshe-ingest: {error}", file=sys.stderr)
        return 2
    except (NoAnswerError, OSError) as error:
        reason = type(error.orig).__name__ if isinstance(error, NoAnswerError) else str(error)
        print(f"linshe-ingest: the database or the network does not answer: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
