"""Fragment: what a scan found, as a gateway.toml that can be checked, corrected by hand and used. Pure text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.commission.search.searches import FoundMeter
from gateway.commission.search.wire import WireSpeed

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


def write(place: FragmentPlace, found: Sequence[FoundMeter], not_asked: Sequence[str] = ()) -> str:
    """Return the text of a configuration with one line, one home to be renamed, and every device that was found.

    Commented out is each device whose document is not proven. What was `not_asked` stands at the end.
    """
    usual = _usual_speed(found)
    spoken = {one.protocol for one in found}
    lines = [_HEAD, "[[lines]]", 'name = "bus-1"']
    if place.port is not None:
        lines += ['kind = "serial"', f"port = {_quoted(place.port)}"]
        lines += [f"baud = {usual.baud}", f'parity = "{usual.parity}"'] if usual else []
    else:
        lines += ['kind = "tcp"', f"host = {_quoted(place.host)}", f"tcp_port = {place.tcp_port}"]
        lines += [f'modbus = "{framing}"' for framing in ("rtu", "tcp") if f"modbus-{framing}" in spoken]
    lines += ["", "[[homes]]", 'id = "h-001"  # one for each home']
    for number, one in enumerate(found, start=1):
        lines += ["", *_device(number, one, usual if place.port is not None else None)]
    if not_asked:
        lines += ["", "# Not asked, so there may be more:", *(f"# {one}" for one in not_asked)]
    return "\n".join(lines) + "\n"


def _usual_speed(found: Sequence[FoundMeter]) -> WireSpeed | None:
    counted = Counter(one.speed for one in found).most_common(1)
    return counted[0][0] if counted else None


def _device(number: int, one: FoundMeter, usual: WireSpeed | None) -> list[str]:
    lines = [f"# {one.protocol} {one.address}{': ' + one.note if one.note else ''}"]
    if one.document:
        return lines + _rows(number, one, one.document, usual)
    advice = "take the # away from the one that is right" if one.candidates else "write one in config/devices"
    lines.append(f"# no device document is proven: {advice}, or name another")
    for document in one.candidates or ("?",):
        lines += [f"# {row}" for row in _rows(number, one, document, usual)]
    return lines


def _rows(number: int, one: FoundMeter, document: str, usual: WireSpeed | None) -> list[str]:
    rows = ["[[devices]]", f'id = "d-{number:03d}"', 'home = "h-001"', 'line = "bus-1"']
    rows += [f'document = "{document}"', f'address = "{one.address}"']
    if usual is not None and one.speed.baud != usual.baud:
        rows.append(f"baud = {one.speed.baud}")
    if usual is not None and one.speed.parity != usual.parity:
        rows.append(f'parity = "{one.speed.parity}"')
    return rows


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
