"""Flags of gateways whose clock was wrong: dated on ours, with how long it lasted and how long it lay left as told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ingest.domain.tickets.dating import dated, dated_tellings
from models.flag import FlagKind
from models.wire.messages import LocalTelling, ToldLocally
from tests.ingest.town import NOON, flag

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize("ahead", [HOUR, timedelta(weeks=1024)])
def test_a_flag_of_the_future_is_of_now_and_has_lasted_as_long(ahead: timedelta) -> None:
    told = dated(flag(at=NOON + ahead, since=NOON + ahead - 9 * HOUR), NOON)
    assert (told.at, told.since) == (NOON, NOON - 9 * HOUR)


def test_what_lay_at_its_gateway_is_of_when_it_was_made() -> None:
    told = dated(flag(at=NOON + HOUR, since=NOON, waited_s=1800.0), NOON)
    assert (told.at, told.since) == (NOON - 30 * MINUTE, NOON - 90 * MINUTE)


@pytest.mark.parametrize("at", [NOON, NOON + 4 * MINUTE, NOON - HOUR, NOON - timedelta(days=3)])
def test_a_flag_of_a_clock_that_is_set_stays_as_it_came(at: datetime) -> None:
    one = flag(at=at, since=min(at, NOON) - HOUR)
    assert dated(one, NOON) == one


def test_a_flag_whose_gateway_did_not_know_the_hour_is_dated_anew_when_it_is_of_the_past_too() -> None:
    told = dated(flag(at=NOON - 3 * HOUR, since=NOON - 4 * HOUR, clock_trusted=False), NOON)
    assert (told.at, told.since) == (NOON, NOON - HOUR)


def test_nothing_has_lasted_since_1970() -> None:
    told = dated(flag(at=NOON + HOUR, since=datetime(1970, 1, 2, tzinfo=NOON.tzinfo)), NOON)
    assert told.since == NOON


def test_a_since_of_the_future_is_of_now() -> None:
    assert dated(flag(at=NOON, since=NOON + MINUTE), NOON).since == NOON


def test_what_a_gateway_told_people_itself_was_told_before_now() -> None:
    one = LocalTelling("modem", "va", NOON + timedelta(weeks=1024))
    told = dated_tellings(ToldLocally("e", "h-1", FlagKind.SMOKE, [one], "va", NOON + HOUR), NOON)
    assert (told.tellings[0].at, told.accepted_at) == (NOON, NOON)
