"""The program `linshe-sim`: the outside world of Linshe, played."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from models.kit.config_reader import ConfigError
from simulators import broker
from simulators.backtest import add_backtest_arguments, run_backtest
from simulators.demo.latency import add_latency_arguments, run_latency
from simulators.demo.run import add_demo_arguments, run_demo
from simulators.district.build import build_district
from simulators.district.files import write_district
from simulators.faults.run import add_faults_arguments, run_faults
from simulators.soak.run import add_soak_arguments, run_soak
from simulators.street.meters_and_lines import Fleet
from simulators.street.readings import write_readings
from simulators.street.street import Street, load_street, read_street
from simulators.street.wiring import gateway_toml
from simulators.vendors.command import add_vendor_arguments, run_vendor


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        code: int = args.run(args)
    except (ConfigError, OSError) as error:
        print(f"linshe-sim {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="linshe-sim", description="Homes, meters, lines and detectors, played.")
    commands = parser.add_subparsers(dest="command", required=True)
    street = commands.add_parser("street", help="play a street of homes on serial lines and a broker")
    street.add_argument("--scenario", type=Path, help="a file as in config/scenarios; without it 20 quiet homes")
    street.add_argument("--folder", type=Path, default=Path("street"), help="where the serial lines get their names")
    street.add_argument("--poll", type=float, default=300.0, help="poll_s of the gateway.toml that is written")
    street.add_argument("--no-config", action="store_true", help="write no gateway.toml")
    street.add_argument("--no-detectors", action="store_true", help="no smoke detectors, so no broker is needed")
    street.set_defaults(run=_street)
    readings = commands.add_parser(
        "readings", help="write what meters would have said, as linshe-gateway replay takes it"
    )
    readings.add_argument("--scenario", type=Path, help="a file as in config/scenarios; without it 20 quiet homes")
    readings.add_argument("--days", type=float, default=7.0)
    readings.add_argument("--every", type=float, default=300.0, help="seconds between two polls")
    readings.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    readings.set_defaults(run=_readings)
    embedded = commands.add_parser("broker", help="an MQTT 5 broker in this process, for tries and tests")
    embedded.add_argument("--host", default="127.0.0.1")
    embedded.add_argument("--port", type=int, default=1884)
    embedded.set_defaults(run=_broker)
    vendor = commands.add_parser("vendor", help="an SMS, voice and robot company whose messages can be looked at")
    add_vendor_arguments(vendor)
    vendor.set_defaults(run=run_vendor)
    demo = commands.add_parser("demo", help="everything on this machine, with a story")
    add_demo_arguments(demo)
    demo.set_defaults(run=run_demo)
    latency = commands.add_parser("smoke-latency", help="measure from a detector's alarm to ticket and phone")
    add_latency_arguments(latency)
    latency.set_defaults(run=run_latency)
    faults = commands.add_parser("faults", help="hurt the real programs at random moments and count what is lost")
    add_faults_arguments(faults)
    faults.set_defaults(run=run_faults)
    soak = commands.add_parser("soak", help="a month of a thousand homes in minutes: what grows that should not")
    add_soak_arguments(soak)
    soak.set_defaults(run=run_soak)
    backtest = commands.add_parser("backtest", help="what a budget of false alarms would give")
    add_backtest_arguments(backtest)
    backtest.set_defaults(run=run_backtest)
    district = commands.add_parser("district", help="write an invented district as tables for linshe-ingest")
    district.add_argument("--out", type=Path, required=True, help="the folder to write")
    district.add_argument("--seed", type=int, default=17)
    district.add_argument("--homes", type=int, default=8, help="homes in each compound (default 8: some 2000 in all)")
    district.set_defaults(run=_district)
    return parser


def _district(args: argparse.Namespace) -> int:
    district = build_district(args.seed, args.homes)
    files = write_district(district, args.out)
    print(", ".join(f"{len(rows)} {name}" for name, rows in district.tables.items()))
    print(f"linshe-ingest places import {' '.join(str(file) for file in files[:-1])}")
    print(f"linshe-ingest load {files[-1]}")
    return 0


def _load(scenario: Path | None) -> Street:
    now = datetime.now(UTC).replace(microsecond=0)
    return read_street("", now) if scenario is None else load_street(scenario, now)


def _street(args: argparse.Namespace) -> int:
    street = _load(args.scenario)
    folder: Path = args.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if not args.no_config:
        config = folder / "gateway.toml"
        config.write_text(gateway_toml(street, folder, args.poll), encoding="utf-8")
        print(f"gateway configuration: {config}")
    fleet = Fleet(street, folder)
    with suppress(asyncio.CancelledError):
        asyncio.run(_play(fleet, not args.no_detectors))
    return 0


async def _play(fleet: Fleet, with_detectors: bool) -> None:
    playing = asyncio.create_task(fleet.play(with_detectors))
    # SIGINT as well: started in the background of a script, Python would not be told of it otherwise
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    await asyncio.sleep(0)
    for line in fleet.lines:
        print(f"line: {line.path} ({line.path.readlink()})", flush=True)
    await playing


def _readings(args: argparse.Namespace) -> int:
    count = write_readings(_load(args.scenario), args.days, args.every, args.out)
    print(f"{count} readings in {args.out}")
    return 0


def _broker(args: argparse.Namespace) -> int:
    broker.run(args.host, args.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
