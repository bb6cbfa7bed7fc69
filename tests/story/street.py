"""A street in virtual time: simulated meters, the gateway's own parts and the ingester's own parts, and no waiting.

Bytes leave a simulated meter, cross an exchange, become readings, flags, envelopes, tickets, notices, and arrive as a
text message at a vendor over real HTTP. Only the two networks between are replaced by handing the bytes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.bus.exchange import Exchange, Finished, Send, Timing
from gateway.clock import Clock, to_ms
from gateway.drivers import mqtt_json
from gateway.drivers.contract import Device
from gateway.drivers.registry import driver_for, load_documents
from gateway.outbox.outbox import Outbox, flag_counts, waiting
from gateway.outbox.post import EnvelopeWriter, Sender
from gateway.pipeline import Pipeline
from gateway.state.facts import FactStore
from gateway.state.store import Store
from gateway.watch.clockwatch import ClockWatch
from gateway.watch.common_causes import CommonCauses
from gateway.watch.watcher import Watcher
from ingest.actions.incoming.accept_envelopes import Accepted, Arrival, accept_envelopes
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.escalate import escalate
from ingest.channels.contract import Channel
from models.household import panel
from models.household.common_cause.common_cause import CauseScope
from models.household.settings import DeviceWatch, HomeSettings
from models.wire.codec import decode, read_body
from models.wire.messages import Receipt
from models.wire.seal import Direction, derive_key, seal, unseal
from simulators.meters.cjt_meters import WaterMeter
from simulators.meters.electricity import ElectricityMeter
from simulators.meters.meter import SimulatedMeter
from simulators.meters.smoke import SmokeDetector
from simulators.people.household import Household
from simulators.people.incidents import Incident
from tests.ingest.town import MASTER, Town

ZONE = ZoneInfo("Asia/Shanghai")
POLL = timedelta(minutes=5)
GATEWAY = "gw-1"


@dataclass(slots=True)
class StandingClock:
    """A clock that shows what the story says."""

    at: datetime

    def clock(self) -> Clock:
        """Return it in the shape that the gateway's parts ask for."""
        return _Shown(self)


class _Shown(Clock):
    def __init__(self, standing: StandingClock) -> None:
        object.__setattr__(self, "standing", standing)

    def wall(self) -> datetime:
        at: datetime = self.standing.at  # type: ignore[attr-defined]
        return at

    def now(self) -> datetime:
        return self.wall()

    def monotonic(self) -> float:
        return self.wall().timestamp()


@dataclass(slots=True)
class HomeInPlay:
    """One home: who lives there, and the devices with the meters that answer for them."""

    household: Household
    polled: dict[str, tuple[Device, SimulatedMeter]]
    detector: tuple[Device, SmokeDetector]
    next_report: float = 0.0


@dataclass(slots=True)
class Street:
    """Everything between a meter and a phone."""

    town: Town
    clock: StandingClock
    homes: dict[str, HomeInPlay]
    pipeline: Pipeline
    post: EnvelopeWriter
    outbox: Outbox
    store: Store
    channels: dict[str, Channel]
    receipts: ReceiptWriter
    watcher: Watcher
    serials: int = 0
    receipt_lost: set[int] = field(default_factory=set)
    """Numbers of the uplink's rounds whose receipts never arrive, to be sent again."""
    rounds: int = 0

    async def play(self, until: datetime) -> None:
        """Let time pass in polls, with escalation and delivery looked at every minute."""
        while self.clock.at < until:
            self.poll()
            self.detectors()
            await self.carry()
            await self.work(POLL)

    def poll(self) -> None:
        """Ask every meter once; the answers cross the exchange byte by byte. What was held back goes out in time."""
        for home in self.homes.values():
            for device, meter in home.polled.values():
                self._ask(device, meter)
        for home in self.pipeline.due(self.clock.at):
            self.pipeline.tick(home, self.clock.at)
        self.pipeline.let_go(self.clock.at)

    def _ask(self, device: Device, meter: SimulatedMeter) -> None:
        self.serials += 1
        driver = driver_for(device.document)
        at = self.clock.at
        for request in driver.requests(device, self.serials):
            exchange = Exchange(driver, device, request, Timing())
            step = exchange.start(0.0)
            passed = 0.0
            while not isinstance(step, Finished):
                if isinstance(step, Send):
                    meter.quiet()
                    answers = b"".join(meter.hear(step.payload, at.timestamp()))
                    passed += 0.1
                    step = exchange.feed(answers, passed, at) if answers else exchange.wake(passed + 5.0, at)
                    continue
                passed = step.until
                step = exchange.wake(passed, at)
            self.pipeline.observe(step.readings, at)

    def detectors(self) -> None:
        """Let the detectors publish what they have to say by now."""
        for home in self.homes.values():
            device, detector = home.detector
            now = self.clock.at.timestamp()
            while home.next_report <= now:
                said_at = home.next_report or now
                payload = detector.payload(said_at)
                answer = mqtt_json.interpret(device, device.topic, payload, self.clock.at)
                self.pipeline.observe(answer.readings, self.clock.at)
                home.next_report = detector.next_report(said_at)

    async def carry(self) -> None:
        """Bring sealed envelopes up and sealed receipts down."""
        key = derive_key(MASTER, GATEWAY)
        while batch := self.outbox.lease(self.clock.at.timestamp()):
            self.rounds += 1
            arrivals = [Arrival(seal(key, GATEWAY, Direction.UP, one.envelope), GATEWAY) for one in batch]
            answers = await accept_envelopes(self.town.ctx, arrivals, self.clock.at)
            accepted = [one for one in answers if isinstance(one, Accepted)]
            assert len(accepted) == len(batch), answers
            if self.rounds in self.receipt_lost:
                self.outbox.hurry()
                continue
            for sealed in self.receipts.write(accepted, self.clock.at).values():
                _, data = unseal({GATEWAY: key}.get, Direction.DOWN, sealed)
                self.outbox.done(read_body(decode(data), Receipt).lines, to_ms(self.clock.at))

    async def work(self, span: timedelta) -> None:
        """Let the worker look at deadlines and notices while `span` passes."""
        end = self.clock.at + span
        while self.clock.at < end:
            await escalate(self.town.ctx, self.clock.at)
            await deliver(self.town.ctx, self.channels, self.clock.at)
            self.clock.at += timedelta(seconds=60)

    @property
    def lost(self) -> int:
        """Flags that neither wait nor were receipted, and those that still wait."""
        return flag_counts(self.store.db).lost + waiting(self.store.db).get("flag", 0)


def build_street(
    town: Town,
    folder: Path,
    channels: dict[str, Channel],
    start: datetime,
    incidents: dict[str, Iterable[Incident]],
    *,
    places: Sequence[CauseScope] = (),
) -> Street:
    """Return a street of the homes in `incidents`, all behind gateway gw-1 of the town; `places` is what they share."""
    papers = load_documents()
    standing = StandingClock(start)
    homes: dict[str, HomeInPlay] = {}
    home_of: dict[str, str] = {}
    states = {}
    for number, (home, what) in enumerate(incidents.items(), 1):
        household = Household(f"story/{home}", ZONE, (start.astimezone(ZONE) - timedelta(days=1)).date(), what)
        power = Device(f"{home}-e", papers["dlt645-2007"], f"{number:012d}")
        water = Device(f"{home}-w", papers["cjt188-2004"], f"{number:014d}")
        smoke = Device(f"{home}-s", papers["zigbee2mqtt-smoke"], topic=f"zigbee2mqtt/{home}")
        homes[home] = HomeInPlay(
            household,
            {
                power.id: (power, ElectricityMeter(power.address, household, ZONE)),
                water.id: (water, WaterMeter(water.address, household, ZONE)),
            },
            (smoke, SmokeDetector(smoke.topic, household)),
        )
        watches = []
        for device, poll_s in ((power, POLL.total_seconds()), (water, POLL.total_seconds()), (smoke, None)):
            home_of[device.id] = home
            quantities = frozenset(register.quantity for register in device.document.registers)
            watches.append(DeviceWatch(device.id, quantities, poll_s))
        states[home] = panel.new_home(home, HomeSettings(zone=ZONE, devices=tuple(watches), ledger=True), start)
    store = Store(folder / "gateway.sqlite", "story")
    outbox = Outbox(store, 30.0, 1000)
    clockwatch = ClockWatch()
    clockwatch.note(start, 0.0)
    watcher = Watcher(states, home_of)
    facts = FactStore(store)
    sender = Sender(GATEWAY, "boot-story")
    post = EnvelopeWriter(store=store, facts=facts, outbox=outbox, sender=sender, clock=standing.clock())
    pipeline = Pipeline(
        store=store,
        facts=facts,
        outbox=outbox,
        post=post,
        watcher=watcher,
        clock=standing.clock(),
        clockwatch=clockwatch,
        places=CommonCauses(places, ZONE),
    )
    return Street(town, standing, homes, pipeline, post, outbox, store, channels, ReceiptWriter(town.ctx.keys), watcher)
