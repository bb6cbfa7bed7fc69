"""A home whose meters say what a test tells them to, minute by minute, through the panel and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.flag import Flag, FlagEvent, FlagKind
from models.household import panel
from models.household.settings import HomeSettings
from models.quantity import Quantity, Unit
from models.reading import Quality, Reading
from models.texts.flag_texts import told_anew

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
POLL = timedelta(minutes=5)
IDLE_W = 30.0
FRIDGE_W = 90.0


class House:
    """One home: `pass_time` polls both meters each five minutes; `draw` and `watts` say what they count meanwhile."""

    def __init__(self, settings: HomeSettings | None = None, tells: str = "water power energy") -> None:
        self.settings = settings or HomeSettings()
        self.now = START
        self.state = panel.new_home("h", self.settings, self.now)
        self.litres = Decimal(1000)
        self.wh = 50_000.0
        self.watts = IDLE_W
        self.flow_l_min = 0.0
        self.flags: list[Flag] = []
        self.dark = False
        self.tells = tells.split()
        self.water_answers = True
        self.power_answers = True

    def say(self, quantity: Quantity, value: object, unit: Unit, device: str, quality: Quality = Quality.GOOD) -> None:
        """Let one device say one thing now."""
        amount = None if value is None else Decimal(str(value))
        self.flags += panel.observe(self.state, Reading(device, quantity, amount, unit, self.now, quality), self.now)

    def draw(self, litres: float) -> None:
        """Use water before the next poll."""
        self.litres += Decimal(str(litres))

    def poll(self) -> None:
        """Ask both meters now; a meter that does not answer says so."""
        fridge = FRIDGE_W if (self.now - START).total_seconds() % 2700 < 900 else 0.0
        watts = 0.0 if self.dark else self.watts + fridge
        self.wh += watts * POLL.total_seconds() / 3600.0
        self.litres += Decimal(str(self.flow_l_min * POLL.total_seconds() / 60.0))
        if "water" in self.tells and self.water_answers:
            self.say(Quantity.WATER_VOLUME, int(self.litres), Unit.LITRE, "w")
        elif "water" in self.tells:
            self.say(Quantity.WATER_VOLUME, None, Unit.LITRE, "w", Quality.NO_ANSWER)
        if self.power_answers:
            if "energy" in self.tells:
                self.say(Quantity.ENERGY, int(self.wh / 10) * 10, Unit.WATT_HOUR, "e")
            if "power" in self.tells:
                self.say(Quantity.POWER, round(watts, 1), Unit.WATT, "e")
        else:
            self.say(Quantity.POWER, None, Unit.WATT, "e", Quality.NO_ANSWER)

    def pass_time(self, hours: float) -> None:
        """Poll for so long; nothing else happens."""
        for _ in range(round(hours * 12)):
            self.now += POLL
            self.flags += panel.tick(self.state, self.now)
            self.poll()

    def live_day(self, later_h: float = 0.0, nights: int = 0) -> None:
        """One day of a person of steady habits: up at seven, out from ten to half past eleven, asleep at ten.

        `later_h` is by how much the morning is late, `nights` how often she is up at night.
        """
        begin = self.now
        for visit in range(nights):
            self.pass_time(1.0 + 1.25 * visit - (self.now - begin).total_seconds() / 3600.0)
            self.draw(6)
        for hour, watts, litres in (
            (7.0, 60, 9), (7.3, 1500, 3), (7.5, 60, 5), (8.5, 60, 8), (9.8, IDLE_W, 6), (11.6, 60, 5), (12.2, 1200, 9),
            (12.7, 60, 4), (14.0, 60, 6), (15.6, 60, 4), (17.2, 60, 6), (18.2, 1300, 10), (18.8, 140, 4),
            (20.1, 140, 6), (21.6, 140, 8), (22.0, IDLE_W, 7),
        ):  # fmt: skip
            late = later_h if hour < 9.0 else 0.0
            self.pass_time((begin + timedelta(hours=hour + late) - self.now).total_seconds() / 3600.0)
            self.watts = float(watts)
            self.draw(litres)
        self.pass_time((begin + timedelta(hours=24) - self.now).total_seconds() / 3600.0)

    def of(self, kind: FlagKind, event: FlagEvent | None = None) -> list[Flag]:
        """Return the flags of a kind so far, each of which the catalogue can say."""
        unsaid = [
            flag for flag in self.flags if told_anew(flag.evidence.key, flag.evidence.facts, flag.evidence.more) is None
        ]
        assert unsaid == []
        return [flag for flag in self.flags if flag.kind is kind and event in (None, flag.event)]


@pytest.fixture
def new_house() -> type[House]:
    """For tests that watch several homes, or under other settings."""
    return House


@pytest.fixture
def house() -> House:
    """A home of which nothing is known yet."""
    return House()


@pytest.fixture(scope="session")
def known_state() -> tuple[bytes, House]:
    """What three weeks of steady days leave behind."""
    house = House()
    for _ in range(21):
        house.live_day()
    return panel.dump(house.state), house


@pytest.fixture
def known_house(known_state: tuple[bytes, House]) -> House:
    """A home that has been watched for three weeks, at midnight; `flags` are those of the three weeks."""
    data, lived = known_state
    house = House(lived.settings)
    house.state = panel.load(data, lived.settings)
    house.now, house.litres, house.wh, house.watts = lived.now, lived.litres, lived.wh, lived.watts
    house.flags = list(lived.flags)
    return house
