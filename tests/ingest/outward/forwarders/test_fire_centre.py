"""Smoke alarms to a fire centre over real TCP: confirmed, denied, silent, noisy, gone."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ingest.channels.contract import Delivered, Unreachable
from ingest.outward.forwarders.contract import Forward, Forwarder
from ingest.outward.forwarders.registry import build_forwarders
from simulators.vendors.fire_centre import FireCentreServer
from tests.ingest.outward.conftest import AT, later


@pytest.fixture
def centre() -> Iterator[FireCentreServer]:
    """A centre that confirms."""
    with FireCentreServer() as running:
        yield running


def way_to(centre: FireCentreServer, tmp_path: Any, **changes: Any) -> Forwarder:
    table = {"kind": "gbt26875", "host": "127.0.0.1", "port": centre.port, "source": 7, "target": 9, **changes}
    return build_forwarders({"fire": table}, tmp_path, AT.timestamp)["fire"]


@pytest.fixture
async def way(centre: FireCentreServer, tmp_path: Any) -> AsyncIterator[Forwarder]:
    """Ours, which waits a while for a confirmation."""
    built = way_to(centre, tmp_path)
    yield built
    await built.close()


async def test_an_alarm_and_its_end_are_told_over_one_line(
    centre: FireCentreServer, way: Forwarder, smoke: Forward
) -> None:
    over = later(smoke, event="condition_cleared", condition="cleared")
    assert await way.send(smoke) == Delivered("5")  # the low two bytes of 65541
    assert await way.send(over) == Delivered("6")
    fire, calm = centre.told
    assert (fire.serial, fire.command, fire.source, fire.target) == (5, 2, 7, 9)
    assert fire.raw[6:12] == bytes((30, 5, 11, 24, 11, 26)), "the clock on the wall in Ningbo"
    assert fire.unit[5:9] == zlib.crc32(b"h-1").to_bytes(4, "little")
    assert (fire.unit[9:11], calm.unit[9:11]) == (b"\x03\x00", b"\x01\x00")


async def test_a_home_may_have_the_address_that_the_centre_knows(
    centre: FireCentreServer, tmp_path: Any, smoke: Forward
) -> None:
    way = way_to(centre, tmp_path, addresses={"h-1": 0x01020304})
    await way.send(smoke)
    await way.close()
    assert centre.told[0].unit[5:9] == bytes((4, 3, 2, 1))


async def test_what_is_denied_or_unanswered_is_sent_again_with_its_number(
    centre: FireCentreServer, tmp_path: Any, smoke: Forward
) -> None:
    way = way_to(centre, tmp_path, confirm_within_s=1.0, resends=9)
    centre.moods.extend(["deny", "silent", "noise"])
    result = await way.send(smoke)
    await way.close()
    # on a slow machine the confirmation itself may come too late: then once more
    assert result == Delivered("5")
    assert {told.raw for told in centre.told} == {centre.told[0].raw}
    assert len(centre.told) >= 3


async def test_four_times_no_is_left_to_the_outbox(centre: FireCentreServer, way: Forwarder, smoke: Forward) -> None:
    centre.moods.extend(["deny"] * 4)
    assert await way.send(smoke) == Unreachable("127.0.0.1: the centre denies it")
    assert len(centre.told) == 4
    assert await way.send(smoke) == Delivered("5"), "and later it may say yes"


async def test_a_centre_that_hangs_up_is_called_again(centre: FireCentreServer, way: Forwarder, smoke: Forward) -> None:
    centre.moods.append("hang_up")
    assert await way.send(smoke) == Unreachable("127.0.0.1: ConnectionResetError")
    assert await way.send(smoke) == Delivered("5")


async def test_a_question_of_the_centre_is_denied_and_disturbs_nothing(
    centre: FireCentreServer, way: Forwarder, smoke: Forward
) -> None:
    centre.moods.append("ask")
    assert await way.send(smoke) == Delivered("5")
    # its question had the number 0x63; the denial reaches it before the next frame does
    assert await way.send(later(smoke)) == Delivered("6")
    (denial,) = centre.answers
    assert (denial[2:4], denial[26]) == (b"\x63\x00", 6)


async def test_nobody_there_is_known_at_once(tmp_path: Any, smoke: Forward) -> None:
    with FireCentreServer() as gone:
        way = way_to(gone, tmp_path)
    assert await way.send(smoke) == Unreachable("127.0.0.1: ConnectionRefusedError")
