"""Fragment: what a scan found, as a gateway.toml that can be checked, corrected by hand and used. Pure text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.commission.searches import FoundMeter
from gateway.commission.wire import WireSpeed

_HEAD = """\
# Found by `linshe-gateway scan`. Review it: which device is in which home? Then add [uplink] and `check-config`.
[gateway]
id = "gw-1"
"""


@dataclass(frozen=True, slots=True)
class FragmentPlace:
    """Where the line is: a serial port, or a server's host and port."""

    port: str | None = None
    host: str = ""
    tcp_port: int = 0

    @property
    def text(self) -> str:
        """The place as people write it."""
        return self.port or f"tcp://{self.host}:{self.tcp_port}"


def write(place: FragmentPlace, found: Sequence[FoundMeter]) -> str:
    """Return the text of a configuration with one line, one home to be renamed, and every device that was found."""
    usual = _usual_speed(found)
    lines = [_HEAD, "[[lines]]", 'name = "bus-1"']
    if place.port is not None:
        lines += ['kind = "serial"', f"port = {_quoted(place.port)}"]
        lines += [f"baud = {usual.baud}", f'parity = "{usual.parity}"'] if usual else []
    else:
        lines += ['kind = "tcp"', f"host = {_quoted(place.host)}", f"tcp_port = {place.tcp_port}"]
    lines += ["", "[[homes]]", 'id = "h-001"  # one for each home']
    for number, one in enumerate(found, start=1):
        lines += ["", *_device(number, one, usual if place.port is not None else None)]
    return "\n".join(lines) + "\n"


def _usual_speed(found: Sequence[FoundMeter]) -> WireSpeed | None:
    counted = Counter(one.speed for one in found).most_common(1)
    return counted[0][0] if counted else None


def _device(number: int, one: FoundMeter, usual: WireSpeed | None) -> list[str]:
    mark = "" if one.document else "# "
    lines = [f"# {one.protocol} {one.address}{': ' + one.note if one.note else ''}"]
    if not one.document:
        lines.append("# no device document fits: write one in config/devices, or name another, and take the # away")
    rows = ["[[devices]]", f'id = "d-{number:03d}"', 'home = "h-001"', 'line = "bus-1"']
    rows += [f'document = "{one.document or "?"}"', f'address = "{one.address}"']
    if usual is not None and one.speed.baud != usual.baud:
        rows.append(f"baud = {one.speed.baud}")
    if usual is not None and one.speed.parity != usual.parity:
        rows.append(f'parity = "{one.speed.parity}"')
    return lines + [mark + row for row in rows]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
