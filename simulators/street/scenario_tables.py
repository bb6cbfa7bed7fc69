"""Tables of a scenario file, as the kit reads them: types, bounds, what may stand beside which incident."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from models.kit.config_declared import Port, about
from simulators.people.incidents import LONGEST_FALL_S

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Hours = Annotated[float, msgspec.Meta(ge=0.001, le=10_000)]


class StreetTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[street]`"""

    gateway: Annotated[str, about("the gateway's name, as ingest knows it")] = "gw-street"
    timezone: Annotated[str, about("zone of the homes, such as Asia/Shanghai")] = "Asia/Shanghai"
    homes: Annotated[int, about("how many homes stand in it", ge=1, le=1000)] = 20
    seed: Annotated[int, about("what decides people and devices", ge=0, le=1_000_000_000)] = 1
    lines: Annotated[Annotated[int, about("", ge=1, le=64)] | None, about("serial lines; one for five homes")] = None
    timing: Annotated[
        Literal["line", "virtual", "off"], about("bytes take the line's time, the virtual clock's, or none")
    ] = "line"


class ClockTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[clock]`: it starts now and runs at the wall's speed, unless the table says otherwise."""

    wall_start: Annotated[Moment | None, about("until when the virtual clock stands; now")] = None
    start: Annotated[time | None, about("local time of today at which it starts; instead of virtual_start")] = None
    virtual_start: Annotated[Moment | None, about("where it starts; now")] = None
    rate: Annotated[float, about("how many times as fast it runs", ge=0.001, le=3600)] = 1.0
    catch_up: Annotated[bool, about("fall into step with the wall once it is reached")] = False


class BrokerTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[broker]`: where detectors publish."""

    host: Annotated[str, about("the MQTT broker")] = "127.0.0.1"
    port: Annotated[Port, about("the broker's port")] = 1884


class FaultsTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[faults]` of the serial lines; shares are of frames."""

    echo: Annotated[bool, about("the line gives back what is sent")] = False
    noise: Annotated[Share, about("share with noise before it")] = 0.0
    split: Annotated[Share, about("share that comes in pieces")] = 0.0
    drop: Annotated[Share, about("share that does not come")] = 0.0
    delay: Annotated[Share, about("share that comes late")] = 0.0
    delay_s: Annotated[float, about("how late", ge=0, le=10)] = 0.5
    collision: Annotated[Share, about("share into which another meter speaks")] = 0.0


class Happening(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """`[[incidents]]`: what happens in a home, and when."""

    home: Annotated[str, about("the home, such as h-002")]
    at: Annotated[Moment | None, about("when, with the zone; or day and time")] = None
    day: Annotated[int, about("1 is the scenario's first local day", ge=1, le=10_000)] = 1
    time: Annotated[Any, about('a local time such as 06:30:00, or "wake", the minute of getting up')] = None


class Fall(Happening, frozen=True, tag="fall"):
    """The person lies on the floor."""

    hours: Annotated[float, about("how long", ge=0.001, le=LONGEST_FALL_S / 3600)] = 48.0
    leaves_on: Annotated[bool, about("whether what runs keeps running")] = True


class Tap(Happening, frozen=True, tag="tap"):
    """A tap is left running."""

    hours: Annotated[Hours, about("how long")] = 3.0
    litres_per_minute: Annotated[float, about("how much", ge=0.01, le=60)] = 6.0


class Stove(Happening, frozen=True, tag="stove"):
    """A hob or heater is left on."""

    hours: Annotated[Hours, about("how long")] = 4.0
    watts: Annotated[float, about("how much", ge=1, le=10_000)] = 1200.0


class Smoke(Happening, frozen=True, tag="smoke"):
    """The detector sounds."""

    hours: Annotated[Hours, about("how long")] = 0.5


class SmokeTest(Happening, frozen=True, tag="smoke_test"):
    """Somebody presses the detector's test button."""

    hours: Annotated[Hours, about("how long")] = 0.02


class Unplugged(Happening, frozen=True, tag="unplugged"):
    """Meters no longer answer."""

    hours: Annotated[Hours, about("how long")] = 24.0
    meter: Annotated[Literal["electricity", "water", "both"], about("which")] = "both"


class Away(Happening, frozen=True, tag="away"):
    """Nobody is at home."""

    hours: Annotated[Hours, about("how long")] = 48.0


class PowerCut(Happening, frozen=True, tag="power_cut"):
    """The home has no power."""

    hours: Annotated[Hours, about("how long")] = 2.0


AnyIncident = Fall | Tap | Stove | Smoke | SmokeTest | Unplugged | Away | PowerCut


class ScenarioFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    street: Annotated[StreetTable, about("the street")] = StreetTable()
    clock: Annotated[ClockTable, about("its clock")] = ClockTable()
    broker: Annotated[BrokerTable, about("where detectors publish")] = BrokerTable()
    faults: Annotated[FaultsTable, about("what goes wrong on the lines")] = FaultsTable()
    incidents: Annotated[list[AnyIncident], about("what happens in the homes")] = msgspec.field(default_factory=list)
