"""Smoke in every order: alarm, test, counter, silence, restart and doubled messages, with any gaps between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.flag import Flag, FlagEvent, FlagKind
from models.household import panel
from models.household.settings import HomeSettings
from models.quantity import Quantity, Unit
from models.reading import Quality, Reading

START = datetime(2026, 3, 2, tzinfo=UTC)
GAPS = st.sampled_from([0.5, 2.0, 4.0, 10.0, 22.0, 40.0, 59.0, 61.0, 120.0, 700.0, 4000.0, 30_000.0])


@dataclass(frozen=True)
class Event:
    """A message `gap` seconds after the one before; None: it says nothing of that."""

    gap: float
    smoke: bool | None = None
    test: bool | None = None
    count_up: bool = False
    silenced: bool | None = None
    restart: bool = False
    doubled: bool = False
    test_first: bool = False


EVENTS = st.builds(
    Event,
    gap=GAPS,
    smoke=st.sampled_from([None, False, True]),
    test=st.sampled_from([None, False, True]),
    count_up=st.booleans(),
    silenced=st.sampled_from([None, None, False, True]),
    restart=st.booleans(),
    doubled=st.booleans(),
    test_first=st.booleans(),
)


class Detector:
    """A home with one detector; what was flagged, second by second where something could happen."""

    def __init__(self) -> None:
        self.at = START
        self.state = panel.new_home("h", HomeSettings(), START)
        self.flags: list[Flag] = []
        self.counter = 4
        self.tell([(Quantity.SMOKE_COUNT, 4), (Quantity.SMOKE, 0)])

    def tell(self, values: list[tuple[Quantity, int]]) -> None:
        for place, (quantity, value) in enumerate(values, 1):
            reading = Reading("s", quantity, Decimal(value), Unit.COUNT, self.at, Quality.GOOD)
            self.flags += panel.observe(self.state, reading, self.at, is_last=place == len(values))

    def wait(self, seconds: float) -> None:
        end = self.at + timedelta(seconds=seconds)
        while self.at + timedelta(seconds=60) < end:
            self.at += timedelta(seconds=60)
            self.flags += panel.tick(self.state, self.at)
        self.at = end
        self.flags += panel.tick(self.state, self.at)

    def play(self, event: Event) -> None:
        self.wait(event.gap)
        if event.restart:
            self.state = panel.load(panel.dump(self.state), self.state.settings)
            panel.resume(self.state, self.at)
        values = [(Quantity.SMOKE, event.smoke), (Quantity.SMOKE_TEST, event.test)]
        if event.test_first:
            values.reverse()
        told = [(quantity, int(value)) for quantity, value in values if value is not None]
        if event.silenced is not None:
            told.append((Quantity.SMOKE_SILENCED, int(event.silenced)))
        if event.count_up:
            self.counter += 1
            told.append((Quantity.SMOKE_COUNT, self.counter))
        self.tell(told)
        if event.doubled:
            self.tell(told)

    def alarming(self) -> set[str]:
        """Return the episodes of smoke that stand."""
        standing: set[str] = set()
        for flag in self.flags:
            if flag.kind is FlagKind.SMOKE:
                (standing.discard if flag.event is FlagEvent.CLEARED else standing.add)(flag.episode)
        return standing

    def raised(self, kind: FlagKind) -> list[Flag]:
        return [flag for flag in self.flags if flag.kind is kind and flag.event is FlagEvent.RAISED]


@given(st.lists(EVENTS, max_size=14))
def test_a_level_that_stays_is_an_alarm_within_two_minutes_whatever_came_before(events: list[Event]) -> None:
    detector = Detector()
    for event in events:
        detector.play(event)
    if detector.state.smoke.detectors["s"].level is False:
        detector.wait(1)
        detector.tell([(Quantity.SMOKE, 1)])
    detector.wait(125)
    assert detector.alarming()


@given(st.lists(EVENTS, max_size=14))
def test_a_counter_that_moves_is_an_alarm_at_once_whatever_came_before(events: list[Event]) -> None:
    detector = Detector()
    for event in events:
        detector.play(event)
    detector.wait(1)
    detector.play(Event(1.0, count_up=True))
    assert detector.alarming()


@given(st.lists(EVENTS, max_size=14), st.booleans())
def test_smoke_long_after_the_last_press_is_heard_in_its_own_message(events: list[Event], stuck: bool) -> None:
    detector = Detector()
    for event in events:
        detector.play(event)
    detector.wait(1)
    detector.tell([(Quantity.SMOKE, 0), (Quantity.SMOKE_TEST, int(stuck))])
    detector.wait(61 + 4000)
    detector.tell([(Quantity.SMOKE, 1), (Quantity.SMOKE_TEST, int(stuck))])
    assert detector.alarming()


@given(st.lists(st.tuples(st.floats(61.0, 900.0), st.floats(1.0, 55.0), st.booleans()), min_size=1, max_size=8))
def test_tests_alone_alarm_nobody_in_whichever_order_a_message_says_them(
    presses: list[tuple[float, float, bool]],
) -> None:
    detector = Detector()
    for gap, lasts, test_first in presses:
        detector.play(Event(gap, smoke=True, test=True, test_first=test_first))
        detector.play(Event(lasts, smoke=False, test=False, test_first=test_first))
    detector.wait(120)
    assert detector.raised(FlagKind.SMOKE) == []
    assert len(detector.raised(FlagKind.TEST)) == len(presses)


@given(st.lists(EVENTS, max_size=14))
def test_quiet_for_two_hours_leaves_no_alarm_standing(events: list[Event]) -> None:
    detector = Detector()
    for event in events:
        detector.play(event)
    detector.wait(1)
    detector.tell([(Quantity.SMOKE, 0), (Quantity.SMOKE_TEST, 0)])
    detector.wait(2 * 3600)
    assert not detector.alarming()


@given(st.integers(1, 400), st.floats(1.0, 200.0))
def test_a_flapping_level_is_a_handful_of_flags_and_is_told_as_such(edges: int, apart: float) -> None:
    detector = Detector()
    for edge in range(edges):
        detector.wait(apart)
        detector.tell([(Quantity.SMOKE, (edge + 1) % 2)])
    hours = 1 + edges * apart / 3600
    assert len(detector.flags) <= 6 * hours
    if edges >= 8 and apart < 200:
        assert "smoke_flapping" in {flag.reason for flag in detector.raised(FlagKind.DEVICE_TROUBLE)}


def test_a_flapping_detector_that_sounds_on_is_a_second_alarm() -> None:
    detector = Detector()
    for edge in range(20):
        detector.wait(4)
        detector.tell([(Quantity.SMOKE, (edge + 1) % 2)])
    before = len(detector.raised(FlagKind.SMOKE))
    detector.tell([(Quantity.SMOKE, 1)])
    detector.wait(1)
    detector.tell([(Quantity.SMOKE, 1)])
    detector.wait(240)
    assert [flag.reason for flag in detector.raised(FlagKind.SMOKE)[before:]] == ["smoke_steady"]


def test_a_stuck_level_is_one_alarm_then_stuck_and_the_counter_still_alarms() -> None:
    detector = Detector()
    detector.play(Event(60.0, smoke=True))
    for _ in range(40):
        detector.play(Event(3600.0, smoke=True))
    assert [flag.reason for flag in detector.flags] == ["smoke_bit", "smoke_stuck"]
    detector.play(Event(3600.0, smoke=True, count_up=True))
    assert [flag.reason for flag in detector.raised(FlagKind.SMOKE)] == ["smoke_bit", "alarm_counter_moved"]
    detector.play(Event(3600.0, smoke=False))
    detector.play(Event(7200.0, smoke=True))
    assert [flag.reason for flag in detector.raised(FlagKind.SMOKE)][2:] == ["smoke_bit"]
