"""Lines: usage summaries as InfluxDB line protocol, one line per home and hour. Pure.

A line is named by measurement, tags and time, so the same hour written again replaces itself; what may change when an
hour is reported again (amounts, quality) is therefore a field, never a tag.
"""

from __future__ import annotations

from math import isfinite

from models.wire.messages import HourUse, UsageQuality, UsageSummary

MEASUREMENT = "usage"
_SEEN = {UsageQuality.FULL: 2, UsageQuality.PART: 1, UsageQuality.NONE: 0}
_ESCAPES = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ ", "\n": "\\ ", "\r": "\\ ", "\t": "\\ ", "\\": "/"})
"""A backslash can't be escaped everywhere in the protocol, and a line break ends the point: both are replaced."""


def usage_lines(gateway_id: str, summary: UsageSummary) -> list[str]:
    """Return the lines of a summary, times in seconds since 1970.

    `seen` says how much of the hour was seen: 2 all, 1 part, 0 nothing. An amount that is not known is left out: it
    is not zero.
    """
    tags = f"gateway={gateway_id.translate(_ESCAPES)},home={summary.home.translate(_ESCAPES)}"
    return [f"{MEASUREMENT},{tags} {_fields(hour)} {int(hour.start.timestamp())}" for hour in summary.hours]


def _fields(hour: HourUse) -> str:
    fields = [f"seen={_SEEN[hour.quality]}i"]
    for name, amount in (("water_l", hour.water_l), ("energy_wh", hour.energy_wh)):
        if amount is not None and isfinite(amount):
            fields.append(f"{name}={float(amount)!r}")
    if hour.signs is not None:
        fields.append(f"signs={hour.signs}i")
    return ",".join(fields)
