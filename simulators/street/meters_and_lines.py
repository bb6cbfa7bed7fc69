"""Fleet: builds a street's meters, lines and detectors, and plays them until cancelled."""

from __future__ import annotations

import asyncio
from pathlib import Path

from simulators.clock import VirtualClock
from simulators.lines.faulty import FaultyLine
from simulators.lines.pty import PtyLine
from simulators.meters.bus import Bus, LineTiming
from simulators.meters.cjt_meters import WaterMeter
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.meter import SimulatedMeter
from simulators.meters.publisher import Publisher
from simulators.meters.smoke import SmokeDetector
from simulators.people.household import Household
from simulators.street.street import HomeSpec, Street
from simulators.street.wiring import line_path


class Fleet:
    """All devices of one street. `folder` is where the serial lines get their names."""

    def __init__(self, street: Street, folder: Path) -> None:
        self.street = street
        self.clock = VirtualClock(street.pace)
        self.households: dict[str, Household] = {home.id: street.household(home) for home in street.homes}
        self._folder = folder
        self.lines: list[PtyLine] = []
        self.buses: list[Bus] = []

    async def play(self, with_detectors: bool = True) -> None:
        """Answer and publish until cancelled; then the lines are gone."""
        try:
            self._build()
            async with asyncio.TaskGroup() as tasks:
                for bus in self.buses:
                    tasks.create_task(bus.run())
                if with_detectors:
                    tasks.create_task(self._publisher().run())
        finally:
            for line in self.lines:
                line.close()
            self.lines.clear()

    def _build(self) -> None:
        street = self.street
        timing = {
            "off": None,
            "line": LineTiming(),
            "virtual": LineTiming(speed=self.clock.speed),
        }[street.timing]
        for number in range(1, street.lines + 1):
            meters = [meter for home in street.homes if home.line == number for meter in self._meters(home)]
            line = PtyLine(line_path(self._folder, number))
            self.lines.append(line)
            faulty = FaultyLine(street.faults, f"{street.gateway}/{number}")
            self.buses.append(Bus(line, meters, faulty, timing, self.clock.now))

    def _meters(self, home: HomeSpec) -> list[SimulatedMeter]:
        household, zone = self.households[home.id], self.street.zone
        return [
            ElectricityMeter(home.electricity_address, household, zone),
            WaterMeter(home.water_address, household, zone, home.water_step_l),
        ]

    def _publisher(self) -> Publisher:
        detectors = [SmokeDetector(home.smoke_topic, self.households[home.id]) for home in self.street.homes]
        return Publisher(self.street.broker_host, self.street.broker_port, detectors, self.clock)
